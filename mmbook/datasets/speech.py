"""Spoken sentences with the time of every word and phoneme, by the espeak-ng synthesiser (§2.1.3).

espeak-ng is a formant synthesiser: a source (pulses of the voice's pitch, or noise) goes through a bank of
resonances that follow the phonemes. It sounds like a machine, and in return every word, phoneme and change of
prosody is known exactly. Its library and voices come in the wheel `espeakng-loader`; elsewhere the system's own
espeak-ng library is used.
"""

import ctypes
import ctypes.util
import importlib.util
import itertools
import math
import os
import re
import sys
import threading
from bisect import bisect_right
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int16
from scipy.signal import resample_poly

from mmbook.errors import UserError
from mmbook.seeding import rng

SAMPLE_RATE = 16_000
RATE_LIMITS, VOLUME_LIMITS, PITCH_LIMITS, RANGE_LIMITS = (80, 450), (0, 200), (0, 99), (0, 99)
ACCENTS = {"en": ("en-us", "en", "en-gb-scotland", "en-us-nyc"), "zh": ("cmn",)}
VARIANTS = ("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8")
HIGHEST = {"pitch": PITCH_LIMITS, "pitch_range": RANGE_LIMITS, "rate": RATE_LIMITS, "volume": VOLUME_LIMITS}


@dataclass(frozen=True)
class Speaker:
    """One voice: an espeak-ng voice with its variant, and its own prosody.

    `voice` is a name like "en-us+f3" (accent, then variant). `pitch` 0 to 99, 50 is the variant's own, 50 more is an
    octave higher. `rate` is in words a minute, 80 to 450. `pitch_range` 0 to 99, 0 is a monotone, 50 the variant's
    own. `volume` 0 to 200 is proportional to the amplitude.
    """

    voice: str = "en-us"
    pitch: int = 50
    rate: int = 175
    pitch_range: int = 50
    volume: int = 60


@dataclass(frozen=True)
class Span:
    """A word or phoneme and when it is heard: `start` and `end` in seconds from the first sample."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Utterance:
    """A sentence as sound: mono samples in [-1, 1] at `sample_rate` hertz, its words and its phonemes (IPA) in order."""

    samples: Float32[np.ndarray, "samples"]
    sample_rate: int
    words: tuple[Span, ...]
    phonemes: tuple[Span, ...]


def voices(language: str = "en") -> list[str]:
    """The voices that `speakers` draws from for "en" or "zh", each an accent and a variant, like "en-us+m3"."""
    return [f"{accent}+{variant}" for accent, variant in itertools.product(_accents(language), VARIANTS)]


def speakers(count: int, seed: int = 0, language: str = "en") -> list[Speaker]:
    """`count` different speakers: every voice once before any comes back at another pitch and rate.

    A smaller count gives the first of a larger one. Raises UserError when there are not that many.
    """
    names = voices(language)
    registers = list(itertools.product((50, 38, 62), (170, 150, 190)))
    if not 0 <= count <= len(names) * len(registers):
        raise UserError(f"{count} speakers: choose 0 to {len(names) * len(registers)} for language {language!r}")
    generator = rng(seed, "speakers", language)
    order = generator.permutation(len(names))
    offsets = generator.integers(len(registers), size=len(names))
    chosen = []
    for position in range(count):
        turn, place = divmod(position, len(names))
        voice = order[place]
        pitch, rate = registers[(offsets[voice] + turn) % len(registers)]
        chosen.append(Speaker(names[voice], pitch, rate))
    return chosen


def speak(
    text: str,
    speaker: Speaker = Speaker(),  # noqa: B008 - frozen
    *,
    language: str = "en",
    pitch: float = 1.0,
    pitch_range: float = 1.0,
    rate: float = 1.0,
    volume: float = 1.0,
) -> Utterance:
    """`text` spoken by `speaker` in "en" or "zh" (Mandarin), 16 kHz mono, with word and phoneme timings.

    The prosody arguments multiply the speaker's own: `pitch` the fundamental frequency, `pitch_range` its
    excursions, `rate` the words a minute, `volume` the amplitude. The products are clipped to espeak-ng's limits: pitch
    and pitch range 0 to 99 (from one octave below the voice's own to one above), rate 80 to 450 words a minute, volume
    0 to 200. A speaker whose voice is of the other language keeps the variant and changes the accent. Word
    spans carry the words as they stand in `text`, Mandarin character by character.

    The same arguments give the same samples whatever was spoken before. Raises UserError for empty text, an unknown
    voice or language, a negative factor, and when espeak-ng is not installed.
    """
    text = "".join(character if character.isprintable() else " " for character in text)
    if not text.strip():
        raise UserError("text to speak is empty: give at least one word")
    speaker = _with_prosody(speaker, pitch=pitch, pitch_range=pitch_range, rate=rate, volume=volume)
    accent, _, variant = speaker.voice.partition("+")
    if not any(accent.lower().startswith(known.split("-")[0]) for known in _accents(language)):
        accent = _accents(language)[0]
    voice = f"{accent}+{variant}" if variant else accent
    samples, events, native_rate = _synthesise(text, replace(speaker, voice=voice))
    seconds = len(samples) / native_rate
    phonemes = _phoneme_spans(events, native_rate, seconds)
    words = _word_spans(text, events, phonemes, native_rate)
    divisor = math.gcd(SAMPLE_RATE, native_rate)
    resampled = resample_poly(samples.astype(np.float32) / 32768, SAMPLE_RATE // divisor, native_rate // divisor)
    return Utterance(np.clip(resampled, -1, 1).astype(np.float32), SAMPLE_RATE, words, phonemes)


def _accents(language: str) -> tuple[str, ...]:
    if language not in ACCENTS:
        raise UserError(f"language {language!r} is not known: choose one of {', '.join(ACCENTS)}")
    return ACCENTS[language]


def _with_prosody(speaker: Speaker, **factors: float) -> Speaker:
    for name, factor in factors.items():
        if not (math.isfinite(factor) and factor >= 0 and (factor > 0 or name in ("volume", "pitch_range"))):
            raise UserError(f"{name}={factor}: give a positive number, 1.0 leaves the speaker's own {name}")
    changed = {name: getattr(speaker, name) * factor for name, factor in factors.items()}
    changed["pitch"] = speaker.pitch + 50 * math.log2(factors["pitch"])  # espeak-ng: 50 steps an octave
    clipped = {name: round(min(max(value, HIGHEST[name][0]), HIGHEST[name][1])) for name, value in changed.items()}
    return replace(speaker, **clipped)


# --- timings -----------------------------------------------------------------------------------------------------

# A Han character, or letters and digits held together by inner apostrophes, hyphens and points, or a symbol (emoji).
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(
    rf"[{HAN}]|[^\W_{HAN}]+(?:['’.,\-][^\W_{HAN}]+)*['’]?|[^\w\s\u0021-\u007e\u2000-\u206f\u3000-\u303f\uff00-\uffef]"
)


@dataclass(frozen=True)
class _Event:
    kind: int
    position: int  # character of the text, from 0
    sample: int
    phoneme: str


def _phoneme_spans(events: list[_Event], rate: int, seconds: float) -> tuple[Span, ...]:
    sounds = [event for event in events if event.kind == PHONEME]
    starts = [event.sample / rate for event in sounds]
    ends = [*starts[1:], seconds]
    return tuple(
        Span(event.phoneme, start, end)
        for event, start, end in zip(sounds, starts, ends, strict=True)
        if event.phoneme and end > start
    )


def _word_spans(text: str, events: list[_Event], phonemes: tuple[Span, ...], rate: int) -> tuple[Span, ...]:
    """Spans of the words of `text`: espeak-ng may report two as one ("of the") or one as two ("25")."""
    words = list(WORD.finditer(text))
    first_characters = [word.start() for word in words]
    begins: dict[int, float] = {}  # word -> seconds, in the order heard
    for event in events:
        word = bisect_right(first_characters, event.position) - 1
        if event.kind == WORD_BEGINS and word >= 0 and word > max(begins, default=-1):
            begins[word] = event.sample / rate
    heard = [*begins, len(words)]
    phoneme_starts = [phoneme.start for phoneme in phonemes]
    spans = []
    for word, following in itertools.pairwise(heard):
        start = begins[word]
        limit = begins.get(following, math.inf)
        last = bisect_right(phoneme_starts, limit - 1e-9) - 1
        end = min(limit, phonemes[last].end) if last >= 0 else start
        # Words that were reported as one share its time in proportion to their letters.
        shares = np.cumsum([0, *(len(words[index][0]) for index in range(word, following))], dtype=np.float64)
        edges = start + (max(end, start) - start) * shares / shares[-1]
        for offset, (left, right) in enumerate(itertools.pairwise(edges.tolist())):
            if right > left:
                spans.append(Span(words[word + offset][0], left, right))
    return tuple(spans)


# --- espeak-ng through its C interface (speak_lib.h) ---------------------------------------------------------------

WORD_BEGINS, PHONEME = 1, 7
_LOCK = threading.Lock()


class _CEvent(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_uint64),
    )


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_CEvent))


def espeak_library() -> tuple[Path | str, Path | None]:
    """Where the espeak-ng library and its data are; the data's place is None for a system library, which knows its own.

    Raises UserError when there is neither the wheel nor a system library.
    """
    if importlib.util.find_spec("espeakng_loader"):
        import espeakng_loader

        return Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())
    if found := ctypes.util.find_library("espeak-ng"):
        return found, None
    raise UserError(
        "espeak-ng is not installed: pip install espeakng-loader, or the system's package "
        "(apt install libespeak-ng1, brew install espeak-ng)"
    )


def _synthesise(text: str, speaker: Speaker) -> tuple[Int16[np.ndarray, "samples"], list[_Event], int]:
    """Samples, events and sampling rate of one utterance, from a freshly loaded library.

    espeak-ng keeps the phase of its flutter and noise from one utterance to the next and has no call to reset them, so
    that a sentence would depend on those before it. Loading the library anew costs 3 ms and forgets everything.
    """
    path, data = espeak_library()
    blocks: list[np.ndarray] = []
    events: list[_Event] = []

    def receive(samples, count, reported):
        if samples and count > 0:
            blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        for event in itertools.takewhile(lambda event: event.type != 0, (reported[i] for i in itertools.count())):
            name = event.id.to_bytes(8, sys.byteorder).split(b"\0")[0].decode(errors="ignore")
            events.append(_Event(event.type, event.text_position - 1, event.sample, name))
        return 0

    with _LOCK:
        library = ctypes.CDLL(str(path))
        try:
            # 2: synchronous; 1 + 2: phoneme events in IPA; 0x8000: report a failure, do not exit.
            rate = library.espeak_Initialize(2, 0, os.fsencode(data) if data else None, 0x8003)
            if rate <= 0:
                raise UserError(f"{data or path}: espeak-ng cannot read its voices: reinstall it, under a shorter path")
            callback = _CALLBACK(receive)
            library.espeak_SetSynthCallback(callback)
            if library.espeak_SetVoiceByName(speaker.voice.encode()) != 0:
                raise UserError(f"voice {speaker.voice!r} is not known: mmbook.datasets.speech.voices() lists them")
            for parameter, value in enumerate((speaker.rate, speaker.volume, speaker.pitch, speaker.pitch_range), 1):
                library.espeak_SetParameter(parameter, value, 0)
            encoded = text.encode(errors="replace") + b"\0"
            library.espeak_Synth(encoded, ctypes.c_size_t(len(encoded)), 0, 1, 0, 1, None, None)  # 1: UTF-8
            library.espeak_Terminate()
        finally:
            _unload(library)
    return np.concatenate([np.zeros(0, np.int16), *blocks]), events, rate


def _unload(library: ctypes.CDLL) -> None:
    import _ctypes  # ctypes has no public call for it

    (_ctypes.FreeLibrary if sys.platform == "win32" else _ctypes.dlclose)(library._handle)
