import json
import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from mmbook import __version__
from mmbook.cli import app, main
from tests.helpers import make_folder
from tests.sentiment._runs import make_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A trained run, and the features and files that it was trained from."""
    folder = tmp_path_factory.mktemp("cli")
    make_run(folder, epochs=1)
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "bad.csv").write_bytes(b"\xff\xfe\xfa not a table")
    (folder / "columns.csv").write_text("name,what\n1,2\n", encoding="utf-8")
    return folder


def call(capsys, *arguments) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `mmbook ARGUMENTS`, in this process."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def start(*arguments, cwd=None) -> subprocess.CompletedProcess:
    """`python -m mmbook ARGUMENTS`, in a process of its own."""
    command = [sys.executable, "-m", "mmbook", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=cwd, env=dict(os.environ))


def commands(group=None, path=()):
    """Every command below `group`, with the words that call it."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


COMMANDS = dict(commands())


def test_the_commands_are_those_of_the_book():
    leaves = {" ".join(path) for path, command in COMMANDS.items() if not hasattr(command, "commands")}
    sentiment = {f"sentiment {name}" for name in ("prepare", "train", "evaluate", "predict")}
    assert leaves == {"doctor", "data trimood", *sentiment}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_option_says_what_it_does(path):
    command = COMMANDS[path]
    page = CliRunner().invoke(app, [*path, "--help"])
    assert page.exit_code == 0
    summary = command.help.splitlines()[0]
    assert 10 < len(summary) <= 60 and summary.endswith(".")
    assert summary in CliRunner().invoke(app, [*path[:-1], "--help"]).output
    for parameter in command.params:
        assert (parameter.help and parameter.help.endswith(".")) or parameter.name == "help"
    if path[0] != "doctor" and not hasattr(command, "commands"):
        assert f"Examples:\n    mmbook {' '.join(path)} " in page.output


def test_help_loads_nothing_heavy():
    code = "import sys, mmbook.cli; print([m for m in ('numpy', 'torch', 'PIL', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_version_is_printed(capsys):
    assert call(capsys, "--version") == (0, f"mmbook {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--nonsense"], ["sing"], ["sentiment", "predict"], ["sentiment", "train", "x"]])
def test_a_wrong_command_line_exits_with_2_and_points_to_help(capsys, arguments):
    code, _, err = call(capsys, *arguments)
    assert code == 2
    assert "--help" in err and "Traceback" not in err


MISTAKES = [
    (["sentiment", "prepare", "{f}/none.csv", "--out", "{f}/new"], "none.csv"),
    (["sentiment", "prepare", "{f}/bad.csv", "--out", "{f}/new"], "bad.csv"),
    (["sentiment", "prepare", "{f}/columns.csv", "--out", "{f}/new"], "columns.csv"),
    (["sentiment", "prepare", "{f}", "--out", "{f}/new"], "cli"),
    (["sentiment", "prepare", "{f}/data/manifest.csv", "--out", "{f}/bad.png"], "bad.png"),
    (["sentiment", "prepare", "{f}/data/manifest.csv", "--out", "{f}/new", "--label-column", "stars"], "stars"),
    (["sentiment", "train", "{f}/none", "--out", "{f}/new"], "none"),
    (["sentiment", "train", "{f}/features", "--out", "{f}/new", "--fusion", "magic"], "magic"),
    (["sentiment", "train", "{f}/features", "--out", "{f}/new", "--device", "abacus"], "abacus"),
    (["sentiment", "train", "{f}/features", "--out", "{f}/new", "--modalities", "smell"], "smell"),
    (["sentiment", "train", "{f}/features", "--out", "{f}/new", "--modalities", ","], "modality"),
    (["sentiment", "evaluate", "{f}/none"], "none"),
    (["sentiment", "evaluate", "{f}/run", "--features", "{f}/none"], "none"),
    (["sentiment", "evaluate", "{f}/run", "--split", "nosuch"], "nosuch"),
    (["sentiment", "predict", "{f}/none", "--text", "window"], "none"),
    (["sentiment", "predict", "{f}/run"], "at least one of --image, --audio, --text, --video"),
    (["sentiment", "predict", "{f}/run", "--text", " "], "no words"),
    (["sentiment", "predict", "{f}/run", "--text", "none.txt"], "none.txt"),
    (["sentiment", "predict", "{f}/run", "--image", "{f}/bad.png"], "bad.png"),
    (["sentiment", "predict", "{f}/run", "--audio", "{f}/bad.png"], "bad.png"),
    (["sentiment", "predict", "{f}/run", "--video", "{f}/bad.png"], "bad.png"),
    (["sentiment", "predict", "{f}/run", "--image", "{f}"], "cli"),
    (["data", "trimood", "--out", "{f}/new", "--preset", "nosuch"], "nosuch"),
]


@pytest.mark.parametrize(
    ("arguments", "named"), MISTAKES, ids=lambda value: value[1] if isinstance(value, list) else ""
)
def test_a_mistake_is_one_line_that_names_it_and_exits_with_2(capsys, folder, arguments, named):
    code, out, err = call(capsys, *(argument.format(f=folder) for argument in arguments))
    assert code == 2
    assert err.startswith("mmbook: ") and named in err
    assert err.count("\n") == 1 and "Traceback" not in out + err


def test_a_process_of_its_own_tells_a_mistake_in_one_line_and_nothing_else(folder):
    for arguments in (["--image", "bad.png"], ["--audio", "bad.csv"], ["--video", "bad.csv"], []):
        done = start("sentiment", "predict", "run", *arguments, cwd=folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("mmbook: ") and done.stderr.count("\n") == 1


def test_a_process_of_its_own_answers_with_json_and_nothing_else(folder):
    done = start("sentiment", "predict", "run", "--text", "the window was 很好", "--json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(json.loads(done.stdout)["probabilities"]) == {"negative", "positive"}


def test_the_commands_follow_one_another_from_files_to_an_answer(capsys, tmp_path):
    manifest = make_folder(tmp_path / "data", 40, ("meh", "好"), split=True)
    features, run = tmp_path / "features", tmp_path / "run"
    code, out, _ = call(capsys, "sentiment", "prepare", manifest, "--out", features, "--workers", 1)
    assert code == 0 and f"Next: mmbook sentiment train {features}" in out
    options = ["--epochs", 2, "--seed", 3, "--device", "cpu", "--modalities", "image, text"]
    code, out, _ = call(capsys, "sentiment", "train", features, "--out", run, *options)
    assert code == 0 and f"Next: mmbook sentiment evaluate {run}" in out
    about = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert about["modalities"] == ["image", "text"]
    code, out, err = call(capsys, "sentiment", "evaluate", run, "--json")
    report = json.loads(out)
    assert (code, err) == (0, "") and 0 <= report["accuracy"] <= 1 and report["labels"] == ["meh", "好"]
    code, out, _ = call(capsys, "sentiment", "evaluate", run, "--split", "valid", "--features", features)
    assert code == 0 and out.startswith("valid split") and "image + text" in out
    picture = next((tmp_path / "data" / "image").iterdir())
    code, out, err = call(capsys, "sentiment", "predict", run, "--image", picture, "--text", "window")
    assert (code, err) == (0, "") and out.split(" ")[0] in ("meh", "好")


def test_skip_reports_a_bad_row_and_keeps_the_others(capsys, tmp_path):
    manifest = make_folder(tmp_path / "data", 20, split=True, missing=0.0)
    (tmp_path / "data" / "image" / "clip0003.png").write_bytes(b"broken")
    arguments = ["sentiment", "prepare", manifest, "--out", tmp_path / "features", "--workers", 1]
    code, _, err = call(capsys, *arguments)
    assert code == 2 and "clip0003" in err.splitlines()[-1]
    code, out, _ = call(capsys, *arguments, "--on-error", "skip")
    assert code == 0 and "19 of 20 rows kept" in out
    assert "clip0003" in (tmp_path / "features" / "report.csv").read_text(encoding="utf-8")


def test_the_default_data_is_built_from_the_command_line(capsys, tmp_path):
    code, out, _ = call(capsys, "data", "trimood", "--out", tmp_path / "tri", "--clips", 12, "--workers", 1)
    assert code == 0 and "manifest.csv" in out
    assert len((tmp_path / "tri" / "manifest.csv").read_text(encoding="utf-8").splitlines()) == 13


def test_a_console_that_cannot_show_a_character_shows_its_escape(folder):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "mmbook", "sentiment", "predict", "run", "--image", "好.png"]
    done = subprocess.run(command, capture_output=True, cwd=folder, env=environment)
    assert done.returncode == 2
    assert done.stderr.startswith(b"mmbook: \\u597d.png: no such file")
