#!/usr/bin/env bash
# Lints the protos (buf STANDARD) and checks them for changes that break clients built from protos/image.binpb.
# `build/check-protos.sh update` writes a new image; that goes together with a line in CHANGELOG.md, which is checked too.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.75.0
folder="${BUF_CACHE:-.cache/buf}/$version"
buf="$folder/node_modules/.bin/buf"
if ! [ -x "$buf" ]; then
  mkdir -p "$folder"
  npm install --no-save --no-package-lock --no-audit --no-fund --loglevel=error --prefix "$folder" "@bufbuild/buf@$version" >&2
fi
buf="$(realpath "$buf")"

"$buf" lint protos
if [ "${1:-}" = update ]; then
  "$buf" build protos --exclude-source-info -o protos/image.binpb
  echo "protos/image.binpb is new; CHANGELOG.md has to say why."
  exit 0
fi
"$buf" breaking protos --against protos/image.binpb

# The image is the promise given to clients: whoever replaces it says so in the change log, in the same commit.
if git rev-parse --verify --quiet HEAD >/dev/null 2>&1; then
  changed="$(git status --porcelain -- protos/image.binpb CHANGELOG.md)"
  if grep -q 'protos/image.binpb' <<<"$changed" && ! grep -q 'CHANGELOG.md' <<<"$changed"; then
    echo "protos/image.binpb differs from the last commit, but CHANGELOG.md does not: add a line that says what changes for clients." >&2
    exit 1
  fi
  for commit in $(git log --no-merges --format=%H -- protos/image.binpb); do
    if [ -z "$(git show --format= --name-only "$commit" -- CHANGELOG.md)" ]; then
      echo "Commit ${commit:0:12} replaces protos/image.binpb without a line in CHANGELOG.md." >&2
      exit 1
    fi
  done
fi
echo "protos: lint and breaking-change check passed (buf $version)"
