"""``python3 -m app [FOLDER]``: sees that everything is installed, then runs the program."""

from app.bootstrap import ensure

if __name__ == "__main__":
    ensure("app")
    from app.main import script

    raise SystemExit(script())
