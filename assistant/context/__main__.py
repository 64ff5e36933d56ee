"""``python -m assistant.context``: one JSON object a line on standard input and output, for scripts and benchmarks."""

from assistant.context.worker import main

if __name__ == "__main__":
    main()
