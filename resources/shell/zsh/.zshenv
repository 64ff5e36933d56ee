# Read by zsh in Galley's terminal before the person's own files, which all follow. It changes none.
if [[ -n $GALLEY_ZDOTDIR ]]; then export ZDOTDIR=$GALLEY_ZDOTDIR; else unset ZDOTDIR; fi
unset GALLEY_ZDOTDIR
typeset -g __galley_word=$GALLEY_WORD
unset GALLEY_WORD GALLEY_LOGIN
[[ -r ${ZDOTDIR:-$HOME}/.zshenv ]] && source ${ZDOTDIR:-$HOME}/.zshenv
if [[ -o interactive && -n $__galley_word ]]; then
    # Where the prompt, the command and its output begin (OSC 133), from the first prompt on.
    __galley_ended() {
        print -n "\e]133;D;$?;k=$__galley_word\a"
    }
    __galley_prompt() {
        if [[ $PS1 != *$__galley_word* ]]; then
            PS1=$'%{\e]133;A;k='$__galley_word$'\a%}'$PS1$'%{\e]133;B;k='$__galley_word$'\a%}'
        fi
    }
    __galley_began() {
        print -n "\e]133;C;k=$__galley_word\a"
    }
    __galley_first() {
        local ended=$?
        precmd_functions=(__galley_ended ${precmd_functions:#__galley_first} __galley_prompt)
        preexec_functions+=(__galley_began)
        __galley_prompt
        unfunction __galley_first
        return $ended
    }
    typeset -ga precmd_functions preexec_functions
    precmd_functions+=(__galley_first)
fi
