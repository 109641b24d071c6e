from pathlib import Path

import pytest

import mmbook.datasets
from mmbook.datasets import data_dir

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """The package as if installed away from its checkout, with no variable set."""
    monkeypatch.delenv("MMBOOK_DATA", raising=False)
    monkeypatch.setattr(mmbook.datasets, "__file__", str(tmp_path / "site-packages/mmbook/datasets/__init__.py"))


def test_the_environment_variable_decides(monkeypatch, tmp_path):
    monkeypatch.setenv("MMBOOK_DATA", str(tmp_path / "elsewhere"))
    assert data_dir() == tmp_path / "elsewhere"
    assert not data_dir().exists()


def test_a_tilde_in_the_variable_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("MMBOOK_DATA", "~/media")
    assert data_dir() == Path.home() / "media"


@pytest.mark.parametrize("value", [None, ""])
def test_a_checkout_keeps_its_data_beside_the_package(monkeypatch, value):
    monkeypatch.delenv("MMBOOK_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("MMBOOK_DATA", value)
    assert data_dir() == CHECKOUT / "data"


def test_an_installed_package_uses_the_users_data_folder(installed, monkeypatch, tmp_path):
    monkeypatch.setattr(mmbook.datasets.sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert data_dir() == tmp_path / "share" / "mmbook"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert data_dir() == Path.home() / ".local" / "share" / "mmbook"


def test_windows_and_macos_have_their_own_folders(installed, monkeypatch, tmp_path):
    monkeypatch.setattr(mmbook.datasets.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert data_dir() == tmp_path / "local" / "mmbook"
    monkeypatch.setattr(mmbook.datasets.sys, "platform", "darwin")
    assert data_dir() == Path.home() / "Library" / "Application Support" / "mmbook"
