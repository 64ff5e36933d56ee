"""``python -m assistant.context``: JSON lines on standard input and output, for scripts."""

from assistant.context.worker import main

if __name__ == "__main__":
    main()
