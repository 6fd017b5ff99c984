#!/usr/bin/env bash
# Every test, with all set-up that the tests need. The last line is `N passed, N failed, N skipped`.
#
#   ./test.sh                 protos, build (formatting included), every test project
#   ./test.sh golden [DIR]    only the comparisons with golden numbers, against DIR (default tests/golden)
#
# Needs the .NET SDK of global.json. As root on Debian it installs what else is absent (PostgreSQL, Chromium, npm, Node, docker-compose, python3-grpcio, jq, iproute2); without
# them the tests concerned are skipped with a reason, or fail where ALIGN_REQUIRE (shared,postgres,chromium,clients) names it.
set -euo pipefail
exec </dev/null

# A script started in the background inherits an ignored SIGINT, and so would every process of the tests that is to be stopped by Ctrl+C.
if [ -z "${ALIGN_SIGNALS_RESET:-}" ]; then
  ALIGN_SIGNALS_RESET=1 exec env --default-signal=INT,QUIT "$BASH" "${BASH_SOURCE[0]}" "$@"
fi

caller=$PWD
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cd "$root"
logs=$root/artifacts/logs
mkdir -p "$logs"

configuration=Release
export DOTNET_TieredPGO=0 # the tests start hundreds of short programs: instrumented code costs them more than it saves
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
steps=() # what the test run is told of the steps before it

say() { printf '== %s\n' "$*"; }

stop() { # a step without which no test can run has failed
  printf 'FAILED %s\n0 passed, 1 failed, 0 skipped\n' "$1"
  exit 1
}

# Runs a command with its output in a log (compiler servers that outlive it must not hold this script's output open).
logged() {
  local name=$1
  shift
  "$@" >"$logs/$name.log" 2>&1 && return 0
  tail -n 60 "$logs/$name.log"
  return 1
}

build() {
  command -v dotnet >/dev/null || stop "dotnet: the .NET SDK $(sed -n 's/.*"version": "\(.*\)".*/\1/p' global.json) or newer is needed"
  say "restore and build ($configuration)"
  logged restore dotnet restore --locked-mode || stop "dotnet restore --locked-mode (after a change of packages: dotnet restore --force-evaluate)"
  logged build dotnet build --no-restore -c "$configuration" -clp:ErrorsOnly -nodeReuse:false || stop "dotnet build"
}

run_tests() {
  local program=tests/AlignService.TestRun/bin/$configuration/net10.0/linux-x64/AlignService.TestRun
  "$program" --root "$root" --configuration "$configuration" "${steps[@]}" "$@"
}

run_golden() {
  if (($# > 0)); then
    golden=$(cd "$caller" && cd "$1" 2>/dev/null && pwd) || stop "golden: there is no folder $1"
    export ALIGN_GOLDEN=$golden
  fi

  build
  say "golden numbers of ${ALIGN_GOLDEN:-tests/golden}"
  run_tests --golden
}

# Debian packages, when root: PostgreSQL for the store, Chromium for the status page, npm for buf, docker-compose to parse our file, what the client examples
# and the printed pipeline need.
install_packages() {
  local missing=()
  [[ -n $(compgen -G '/usr/lib/postgresql/*/bin/initdb') ]] || missing+=(postgresql)
  command -v chromium >/dev/null || missing+=(chromium)
  command -v npm >/dev/null || missing+=(npm)
  command -v docker-compose >/dev/null || missing+=(docker-compose)
  command -v node >/dev/null || missing+=(nodejs)
  [[ -d /usr/lib/python3/dist-packages/grpc ]] || missing+=(python3-grpcio)
  command -v jq >/dev/null || missing+=(jq)
  command -v ip >/dev/null || missing+=(iproute2)
  ((${#missing[@]} == 0)) && return 0

  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    say "absent and not installable here: ${missing[*]}"
    return 0
  fi

  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  logged apt-update apt-get update || true
  logged apt-install apt-get install --yes --no-install-recommends "${missing[@]}" || say "apt-get could not install ${missing[*]}"
}

install_node_client() {
  local folder=.cache/node-client
  { [[ -d $folder/node_modules/@grpc/grpc-js ]] || ! command -v npm >/dev/null; } && return 0
  say "npm install for examples/clients/node"
  mkdir -p "$folder"
  cp examples/clients/node/package.json "$folder"
  logged node-client npm install --no-audit --no-fund --no-package-lock --loglevel=error --prefix "$folder" || say "npm could not install what the Node client needs"
}

check_protos() {
  [[ -x build/check-protos.sh ]] || return 0
  say "protos: buf lint and buf breaking"
  if ! command -v npm >/dev/null; then
    steps+=(--skipped-step "protos: npm, which brings buf, is absent")
  else
    logged protos build/check-protos.sh || steps+=(--failed-step "build/check-protos.sh")
  fi
}

case ${1:-} in
  '')
    install_packages
    install_node_client
    check_protos
    build
    say "tests"
    run_tests
    ;;
  golden)
    run_golden "${@:2}"
    ;;
  *)
    stop "test.sh: '$1' is not known; it takes nothing, or golden [DIR]"
    ;;
esac
