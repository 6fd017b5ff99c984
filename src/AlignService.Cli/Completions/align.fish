# fish completion for align: align completion fish > ~/.config/fish/completions/align.fish
function __align_complete
    set -l line (commandline -cp)
    set -l position (string length -- "$line")
    align "[suggest:$position]" "$line" 2>/dev/null
end
complete -c align -a '(__align_complete)'
