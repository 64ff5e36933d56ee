# Read by fish in Galley's terminal after the person's own files. It changes none.
# It tells the terminal where the prompt, the command and its output begin (OSC 133).
if set -q GALLEY_WORD
    set -g __galley_word $GALLEY_WORD
    set -e GALLEY_WORD
    set -e GALLEY_LOGIN
    function __galley_ended --on-event fish_postexec
        printf '\e]133;D;%s;k=%s\a' $status $__galley_word
    end
    function __galley_began --on-event fish_preexec
        printf '\e]133;C;k=%s\a' $__galley_word
    end
    functions -c fish_prompt __galley_own_prompt
    function fish_prompt
        set -l ended $status
        printf '\e]133;A;k=%s\a' $__galley_word
        function __galley_status; return $argv[1]; end
        __galley_status $ended
        __galley_own_prompt
        printf '\e]133;B;k=%s\a' $__galley_word
    end
end
