# Readline ends a word at `=`, `:` and `@`, as `release=trixie`, `app:build` and `@list` have them: its parts are one word again
# for dockmill, and what stands before the cursor's part is taken off again.
_dockmill() {
    local joined=() index=0 at between
    local line=${COMP_LINE:0:COMP_POINT}
    for ((at = 0; at <= COMP_CWORD; at++)); do
        between=${line%%[![:blank:]]*}
        line=${line#"$between"}
        line=${line#"${COMP_WORDS[at]}"}
        if ((at == 0)) || [[ -n $between ]]; then
            joined+=("${COMP_WORDS[at]}")
        else
            joined[${#joined[@]} - 1]+=${COMP_WORDS[at]}
        fi
    done
    local word=${joined[${#joined[@]} - 1]} last=${COMP_WORDS[COMP_CWORD]}
    [[ $last == [=:] ]] && last=
    local COMP_WORDS=("${joined[@]}") COMP_CWORD=$((${#joined[@]} - 1))
    _clap_complete_dockmill "$1" "$word" "$3"
    local before=${word%"$last"}
    # With an `@` a word begins, though it ends another.
    before=${before%@}
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
}
complete -F _dockmill -o nospace -o bashdefault -o nosort dockmill 2> /dev/null || complete -F _dockmill -o nospace -o bashdefault dockmill
