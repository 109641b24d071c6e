#!/bin/sh
# Print the first command among the arguments that is a Python on which the book runs and which can
# make environments. If there is none, say in one line what is missing and exit 1.
check="$(dirname "$0")/check_python.py"
complaint=""
for python in "$@"; do
    command -v "$python" > /dev/null 2>&1 || continue
    if answer=$("$python" "$check" 2>&1); then
        echo "$python"
        exit 0
    fi
    # Our own lines only: a launcher without a Python behind it prints something else.
    case "$answer" in
        *"make PYTHON="*) ;;
        *) answer="$python does not run; name another: make PYTHON=/path/to/python3.12" ;;
    esac
    # The right version without its venv module is nearest to working: that line wins.
    case "$answer" in
        *"cannot make environments"*) complaint="$answer" ;;
        *) [ -n "$complaint" ] || complaint="$answer" ;;
    esac
done
[ -n "$complaint" ] || complaint="No Python found (looked for: $*): install Python 3.11, 3.12 or 3.13, or name one: make PYTHON=/path/to/python3.12"
echo "$complaint" >&2
exit 1
