"""The set-up scripts behind `make`."""

import json

from tools import lab_settings


def test_sources_open_as_notebooks_and_other_settings_stay(tmp_path):
    path = tmp_path / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Dark"}}', encoding="utf-8")
    assert lab_settings.write_overrides(tmp_path) == path
    lab_settings.write_overrides(tmp_path)
    settings = json.loads(path.read_text(encoding="utf-8"))
    assert settings["@jupyterlab/apputils-extension:themes"] == {"theme": "JupyterLab Dark"}
    assert settings[lab_settings.PLUGIN]["defaultViewers"]["markdown"] == "Jupytext Notebook"
