# bash completion for align: source <(align completion bash)
_align_complete() {
    local line="${COMP_LINE:0:COMP_POINT}" IFS=$'\n'
    local words
    words=$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${line}" 2>/dev/null)
    COMPREPLY=($(compgen -W "${words}" -- "${COMP_WORDS[COMP_CWORD]}"))
    if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
        compopt -o default 2>/dev/null
    fi
}
complete -F _align_complete align
