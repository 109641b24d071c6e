"""Data sets that are built on the reader's machine, and the reader's own files (§2.1, §5.1)."""

import os
import sys
from pathlib import Path


def data_dir() -> Path:
    """The folder that data sets are built in: `MMBOOK_DATA`, the checkout's `data`, or the user's own data folder.

    The first that applies: the environment variable `MMBOOK_DATA`; `data` beside `pyproject.toml` when the package
    runs from a checkout; `%LOCALAPPDATA%\\mmbook` on Windows, `~/Library/Application Support/mmbook` on macOS,
    `$XDG_DATA_HOME/mmbook` or `~/.local/share/mmbook` elsewhere. The folder is not created.
    """
    if chosen := os.environ.get("MMBOOK_DATA"):
        return Path(chosen).expanduser().absolute()
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "data"
    return _user_data() / "mmbook"


def _user_data() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
