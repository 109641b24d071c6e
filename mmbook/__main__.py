"""`python -m mmbook`: the same as the `mmbook` command."""

from mmbook.cli import main

if __name__ == "__main__":
    main()
