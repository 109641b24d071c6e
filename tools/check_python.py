"""Say in one line whether this Python can run the book; the file itself must run on any Python, even 2.7."""

import sys

OLDEST = (3, 11)
NEWEST = (3, 13)


def complaint(version, has_venv, name):
    """Return what is wrong with a Python of this version in one line, or None if it will do."""
    found = ".".join(str(part) for part in version[:3])
    hint = "name another: make PYTHON=/path/to/python3.12"
    if not OLDEST <= tuple(version[:2]) <= NEWEST:
        return name + " is Python " + found + ", and mmbook needs Python 3.11, 3.12 or 3.13: install one, or " + hint
    if not has_venv:
        package = "python" + ".".join(str(part) for part in version[:2]) + "-venv"
        problem = name + " (Python " + found + ") cannot make environments: add that with "
        return problem + "'sudo apt-get install " + package + "', or " + hint
    return None


def has_venv():
    """Return whether `python -m venv` can work: Debian leaves ensurepip out until python3-venv is installed."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    problem = complaint(sys.version_info, has_venv(), sys.executable)
    if problem:
        sys.stderr.write(problem + "\n")
        sys.exit(1)
