# Read by bash in Galley's terminal instead of ~/.bashrc, which it reads first. It changes no file.
# It tells the terminal where the prompt, the command and its output begin (OSC 133).
if [ -n "$GALLEY_LOGIN" ]; then
    [ -r /etc/profile ] && . /etc/profile
    for __galley_file in ~/.bash_profile ~/.bash_login ~/.profile; do
        if [ -r "$__galley_file" ]; then . "$__galley_file"; break; fi
    done
    unset __galley_file
elif [ -r ~/.bashrc ]; then
    . ~/.bashrc
fi
__galley_word=$GALLEY_WORD
unset GALLEY_WORD GALLEY_LOGIN
if [ -n "$__galley_word" ] && [ "${BASH_VERSINFO[0]}" -ge 4 ]; then
    __galley_ended() {
        local status=$?
        printf '\e]133;D;%s;k=%s\a' "$status" "$__galley_word"
        return "$status"
    }
    # The prompt may be made anew by others each time: the marks are put round what it is now.
    __galley_prompt() {
        local status=$?
        case $PS1 in
            *"$__galley_word"*) ;;
            *) PS1='\[\e]133;A;k='$__galley_word'\a\]'$PS1'\[\e]133;B;k='$__galley_word'\a\]' ;;
        esac
        return "$status"
    }
    PS0='\e]133;C;k='$__galley_word'\a'$PS0
    # The status is told before other commands of the prompt run, the marks are set after them.
    if [[ "$(declare -p PROMPT_COMMAND 2>/dev/null)" == "declare -a"* ]]; then
        PROMPT_COMMAND=(__galley_ended "${PROMPT_COMMAND[@]}" __galley_prompt)
    elif [ -n "$PROMPT_COMMAND" ]; then
        PROMPT_COMMAND="__galley_ended; ${PROMPT_COMMAND%;}; __galley_prompt"
    else
        PROMPT_COMMAND="__galley_ended; __galley_prompt"
    fi
fi
