"""What is installed, what is missing, and what to do about it: `mmbook doctor`."""

import csv
import importlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mmbook import __version__
from mmbook.datasets import data_dir
from mmbook.errors import UserError

SHOWN = ("torch", "torchvision", "torchaudio", "numpy", "scikit-learn", "onnxruntime", "av", "soundfile", "pillow")
CODECS = (
    ("H.264 encoder", "libx264", "w"),
    ("AAC encoder", "aac", "w"),
    ("H.264 decoder", "h264", "r"),
    ("AAC decoder", "aac", "r"),
    ("MP3 decoder", "mp3", "r"),
    ("FLAC decoder", "flac", "r"),
    ("OGG decoder", "vorbis", "r"),
)
FREE_GIGABYTES = 1.0


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: its `state` is "ok", "optional" (missing, but not needed) or "missing"."""

    group: str
    name: str
    state: str
    value: str
    advice: str = ""


def report() -> list[Check]:
    """Every check, in the order in which `print_report` shows it; nothing is installed, built or changed."""
    groups = (versions, agreement, devices, codecs, voices, fonts, data)
    return [check for group in groups for check in group()]


def print_report() -> bool:
    """Whether all that is needed is there; prints every check, and under a missing thing what to do about it."""
    checks = report()
    group = None
    for check in checks:
        if check.group != group:
            group = check.group
            print(f"{group}:")
        mark = {"ok": "ok", "optional": "-", "missing": "MISSING"}[check.state]
        print(f"  {mark:<8}{check.name:<22}{check.value}")
        if check.advice:
            print(f"  {'':<8}{'':<22}-> {check.advice}")
    missing = [check.name for check in checks if check.state == "missing"]
    print(f"\nMissing: {', '.join(missing)}." if missing else "\nAll that is needed is there.")
    return not missing


def versions() -> Iterator[Check]:
    """Python, mmbook, and the packages that mmbook needs; those that only the book or its tests need are optional."""
    group = "versions"
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    advice = "" if good else "make a new environment with Python 3.11, 3.12 or 3.13"
    yield Check(group, "python", "ok" if good else "missing", python, advice)
    yield Check(group, "mmbook", "ok", f"{__version__} in {Path(__file__).parent}")
    needed, extras = required_packages()
    for name in SHOWN:
        if name in needed and (version := _version(name)):
            yield Check(group, name, "ok", version)
    present = [name for name in needed if name not in SHOWN and _version(name)]
    yield Check(group, f"{len(present)} more packages", "ok", ", ".join(present))
    for name in needed:
        if not _version(name):
            yield Check(group, name, "missing", "not installed", f"pip install {name}")
    absent = [name for name in extras if not _version(name)]
    if absent:
        advice = "pip install 'mmbook[book,test]', from a checkout: pip install -e '.[book,test]'"
        yield Check(group, "book and tests", "optional", f"not installed: {', '.join(absent)}", advice)


def required_packages() -> tuple[list[str], list[str]]:
    """Names of the packages that mmbook needs, and of those that only its extras need; none if it is not installed."""
    try:
        lines = importlib.metadata.requires("mmbook") or []
    except importlib.metadata.PackageNotFoundError:
        return [], []
    names = {line: re.split(r"[^A-Za-z0-9._-]", line)[0] for line in lines}
    needed = [name for line, name in names.items() if "extra ==" not in line]
    return needed, [name for line, name in names.items() if "extra ==" in line]


def agreement() -> Iterator[Check]:
    """Whether torch, torchvision and torchaudio load together: a CPU build beside a CUDA build does not."""
    advice = "install torch, torchvision and torchaudio again, all three from the same index (README, 'CPU-only Linux')"
    state, value, hint = _attempt(_load_torch, advice)
    yield Check("versions", "torch trio", state, value, hint)


def devices() -> Iterator[Check]:
    """Processor threads, and the accelerators that PyTorch sees; none is needed."""
    torch = _import("torch")
    threads = f"{os.cpu_count()} cores" + (f", {torch.get_num_threads()} PyTorch threads" if torch else "")
    yield Check("devices", "CPU", "ok", threads)
    if torch is None:
        return
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(index)
            memory = f"{properties.total_memory / 2**30:.0f} GiB"
            yield Check("devices", f"CUDA {index}", "ok", f"{properties.name}, {memory}, CUDA {torch.version.cuda}")
    else:
        built = f"this PyTorch is built for CUDA {torch.version.cuda}" if torch.version.cuda else "a CPU-only PyTorch"
        yield Check("devices", "CUDA", "optional", f"none ({built})", "not needed; for a GPU install its driver")
    if torch.backends.mps.is_available():
        yield Check("devices", "MPS", "ok", "Apple GPU")
    elif sys.platform == "darwin":
        yield Check("devices", "MPS", "optional", "none", "not needed; MPS wants an Apple processor")


def codecs() -> Iterator[Check]:
    """The video and sound formats that the installed wheels read and write; no system FFmpeg is used."""
    av = _import("av")
    for name, codec, mode in CODECS:
        advice = "pip install --force-reinstall --only-binary av av (a build from source may lack codecs)"
        if av is None:
            yield Check("codecs", name, "missing", "PyAV does not load", "pip install --force-reinstall av")
        elif _has_codec(av, codec, mode):
            yield Check("codecs", name, "ok", codec)
        else:
            yield Check("codecs", name, "missing", f"{codec} is not in this PyAV", advice)
    soundfile = _import("soundfile")
    formats = soundfile.available_formats() if soundfile else {}
    absent = [name for name in ("WAV", "FLAC", "OGG", "MP3") if name not in formats]
    version = soundfile.__libsndfile_version__ if soundfile else "does not load"
    value = f"libsndfile {version}" + (f", without {', '.join(absent)}" if absent else "")
    advice = "pip install --force-reinstall soundfile" if absent else ""
    yield Check("codecs", "sound files", "missing" if absent else "ok", value, advice)


def voices() -> Iterator[Check]:
    """Whether espeak-ng speaks English and Mandarin here, tried on one word each."""
    advice = (
        "pip install --force-reinstall espeakng-loader, or the system's espeak-ng library (apt install libespeak-ng1)"
    )
    for name, language, word in (("English", "en", "hello"), ("Mandarin", "zh", "你好")):
        state, value, hint = _attempt(lambda word=word, language=language: _speak(word, language), advice)
        yield Check("voices", name, state, value, hint)


def fonts() -> Iterator[Check]:
    """A font with Chinese characters, for figures and for text inside pictures."""
    spec = importlib.util.find_spec("manimgx_fonts_cjk")
    found = sorted(Path(spec.origin).parent.glob("*CJK*")) if spec and spec.origin else []
    if found:
        yield Check("fonts", "Chinese", "ok", found[0].name)
    else:
        yield Check("fonts", "Chinese", "missing", "no font found", "pip install --force-reinstall manimgx-fonts-cjk")


def data() -> Iterator[Check]:
    """The data folder, the room on its disk, and how far the default data has come; every part can be built."""
    folder = data_dir()
    chosen = "from MMBOOK_DATA" if os.environ.get("MMBOOK_DATA") else "MMBOOK_DATA moves it"
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    writable = os.access(there, os.W_OK)
    advice = "" if writable else "set MMBOOK_DATA to a folder that you may write to"
    yield Check("data", "folder", "ok" if writable else "missing", f"{folder} ({chosen})", advice)
    free = shutil.disk_usage(there).free / 1e9
    advice = "" if free > FREE_GIGABYTES else "make room, or set MMBOOK_DATA to a folder on another disk"
    yield Check("data", "free space", "missing" if advice else "ok", f"{free:.1f} GB", advice)
    trimood, features, run = folder / "trimood", folder / "features" / "trimood", folder / "runs" / "trimood"
    manifest, weights = trimood / "manifest.csv", run / "weights.safetensors"
    steps = (
        ("trimood", manifest, f"data trimood --out {_quoted(trimood)}"),
        ("features", features, f"sentiment prepare {_quoted(manifest)} --out {_quoted(features)}"),
        ("trained model", weights, f"sentiment train {_quoted(features)} --out {_quoted(run)}"),
    )
    for name, path, command in steps:
        if path.exists():
            rows = f"{_rows(path)} clips in {path.parent}" if path.suffix == ".csv" else str(path)
            yield Check("data", name, "ok", rows)
        else:
            yield Check("data", name, "optional", "not built yet", f"mmbook {command}")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _import(name: str):
    """The module, or None if it is not there or cannot load its library."""
    try:
        return importlib.import_module(name)
    except (ImportError, OSError):
        return None


def _attempt(action: Callable[[], str], advice: str) -> tuple[str, str, str]:
    """State, value and advice of an action that says what it found, or fails the ways a broken installation fails."""
    try:
        return "ok", action(), ""
    except (ImportError, OSError, RuntimeError, AttributeError, UserError) as error:
        return "missing", f"{type(error).__name__}: {error}".splitlines()[0][:120], advice


def _load_torch() -> str:
    import torch
    import torchaudio
    import torchvision

    torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
    return f"load together ({torch.__version__}, {torchvision.__version__}, {torchaudio.__version__})"


def _has_codec(av, name: str, mode: str) -> bool:
    try:
        return av.codec.Codec(name, mode) is not None
    except ValueError:  # PyAV's UnknownCodecError is one
        return False


def _speak(word: str, language: str) -> str:
    from mmbook.datasets import speech

    utterance = speech.speak(word, language=language)
    seconds = len(utterance.samples) / utterance.sample_rate
    if not utterance.samples.any():
        raise RuntimeError("espeak-ng gives silence")
    library, _ = speech.espeak_library()
    return f"{len(speech.voices(language))} voices; {word!r} takes {seconds:.1f} s; {library}"


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)


def _rows(manifest: Path) -> int:
    with manifest.open(newline="", encoding="utf-8-sig") as lines:
        return sum(1 for _ in csv.DictReader(lines))
