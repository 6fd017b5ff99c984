#compdef align
# zsh completion for align: align completion zsh > "${fpath[1]}/_align"
_align() {
    local -a words_found
    local line="${BUFFER[1,CURSOR]}"
    words_found=("${(@f)$(${words[1]} "[suggest:${CURSOR}]" "${line}" 2>/dev/null)}")
    if [[ ${#words_found} -gt 0 && -n "${words_found[1]}" ]]; then
        compadd -a words_found
    else
        _files
    fi
}
if [[ "${funcstack[1]}" == "_align" ]]; then
    _align "$@"
else
    compdef _align align
fi
