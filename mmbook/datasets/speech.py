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
LIMITS = {"pitch": (0, 99), "pitch_range": (0, 99), "rate": (80, 450), "volume": (0, 200)}
ACCENTS = {"en": ("en-us", "en-gb-x-rp", "en-gb-scotland", "en-us-nyc"), "zh": ("cmn",)}
# Variants far apart in pitch or spectrum, each with the volume that brings its speech to -26 dB of full scale (RMS).
VARIANTS = {
    **{"f1": 44, "f2": 42, "f4": 42, "Alicia": 50, "Andrea": 32, "Annie": 51, "anika": 39, "aunty": 44, "belinda": 38},
    **{"grandma": 53, "shelby": 50, "steph": 47, "m2": 63, "m8": 86, "Andy": 35, "Gene2": 31, "Lee": 50, "Michael": 41},
    **{"Nguyen": 55, "boris": 63, "edward": 41, "iven4": 53, "miguel": 38, "pablo": 40, "travis": 41, "mike2": 32},
}
REGISTERS = tuple(itertools.product((50, 42, 58), (170, 155, 185)))  # pitch, words a minute


@dataclass(frozen=True)
class Speaker:
    """One voice: an espeak-ng voice with its variant, and its own prosody.

    `voice` is a name like "en-us+f3" (accent, then variant). `pitch` 0 to 99, 50 is the variant's own, 50 more is an
    octave higher. `rate` is in words a minute, 80 to 450. `pitch_range` 0 to 99, 0 is a monotone, 50 the variant's
    own. `volume` 0 to 200 is proportional to the amplitude.
    """

    voice: str = "en-us"
    pitch: int = 50
    rate: int = 170
    pitch_range: int = 50
    volume: int = 50


@dataclass(frozen=True)
class Span:
    """A word or phoneme and when it is heard: `start` and `end` in seconds from the first sample."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Utterance:
    """A sentence as sound: mono samples in [-1, 1] at `sample_rate` hertz; its words and phonemes (IPA) in order."""

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
    if not 0 <= count <= len(names) * len(REGISTERS):
        raise UserError(f"{count} speakers: choose 0 to {len(names) * len(REGISTERS)} for language {language!r}")
    generator = rng(seed, "speakers", language)
    order = generator.permutation(len(names))
    first_register = generator.integers(len(REGISTERS), size=len(names))
    chosen = []
    for position in range(count):
        turn, place = divmod(position, len(names))
        name = names[order[place]]
        pitch, rate = REGISTERS[(first_register[place] + turn) % len(REGISTERS)]
        chosen.append(Speaker(name, pitch, rate, volume=VARIANTS[name.split("+")[1]]))
    return chosen


def speak(
    text: str,
    speaker: Speaker = Speaker(),
    *,
    language: str = "en",
    pitch: float = 1.0,
    pitch_range: float = 1.0,
    rate: float = 1.0,
    volume: float = 1.0,
) -> Utterance:
    """`text` spoken by `speaker` in "en" or "zh" (Mandarin), 16 kHz mono, with word and phoneme timings.

    The prosody arguments multiply the speaker's own: `pitch` the fundamental frequency, `pitch_range` the ratio of its
    excursions to it (0 is a monotone), `rate` the words a minute, `volume` the amplitude. The products are clipped to
    LIMITS: pitch 0 to 99 (about an octave below the voice's own to an octave above), pitch range 0 to 99 (twice the
    voice's own), rate 80 to 450 words a minute, volume 0 to 200. A speaker whose voice is of the other language keeps
    the variant and changes the accent. Word spans carry the words as they stand in `text`, Mandarin character by
    character.

    The same arguments give the same samples whatever was spoken before. Raises UserError for empty text, an unknown
    voice or language, a negative factor, and when espeak-ng is not installed.
    """
    text = "".join(character if character.isprintable() else " " for character in text)
    if not text.strip():
        raise UserError("text to speak is empty: give at least one word")
    speaker = _with_prosody(speaker, pitch=pitch, pitch_range=pitch_range, rate=rate, volume=volume)
    speaker = replace(speaker, voice=_voice_for(speaker.voice, language))
    samples, events, native_rate = _synthesise(text, speaker)
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


def _voice_for(voice: str, language: str) -> str:
    """The voice itself, or in the first accent of `language` where its own accent belongs to another language."""
    own, wanted = _accents(language)[0].split("-")[0], _accents(language)[0]
    families = {accents[0].split("-")[0] for accents in ACCENTS.values()}
    accent, plus, variant = voice.partition("+")
    return wanted + plus + variant if accent.split("-")[0] in families - {own} else voice


def _with_prosody(speaker: Speaker, **factors: float) -> Speaker:
    for name, factor in factors.items():
        if not (math.isfinite(factor) and factor >= 0 and (factor > 0 or name in ("volume", "pitch_range"))):
            raise UserError(f"{name}={factor}: give a positive number, 1.0 leaves the speaker's own {name}")
    changed = {name: getattr(speaker, name) * factor for name, factor in factors.items()}
    # espeak-ng's pitch moves the floor of the voice, its range is in hertz above it, and a wider range lowers the
    # floor: with both scaled, 60 steps of pitch are an octave (measured; 50 were the range left alone).
    changed["pitch"] = speaker.pitch + 60 * math.log2(factors["pitch"])
    changed["pitch_range"] *= factors["pitch"]
    return replace(speaker, **{name: round(float(np.clip(value, *LIMITS[name]))) for name, value in changed.items()})


# --- timings -----------------------------------------------------------------------------------------------------

# A Han character, or letters and digits held together by inner apostrophes, hyphens and points, or a symbol (emoji).
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
PUNCTUATION = r"\u0021-\u007e\u2000-\u206f\u3000-\u303f\uff00-\uffef"
WORD = re.compile(rf"[{HAN}]|[^\W_{HAN}]+(?:['’.,\-][^\W_{HAN}]+)*['’]?|[^\w\s{PUNCTUATION}]")


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
    latest = -1
    for event in events:
        word = bisect_right(first_characters, event.position) - 1
        if event.kind == WORD_BEGINS and word > latest:
            begins[word] = event.sample / rate
            latest = word
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
    if found := ctypes.util.find_library("espeak-ng") or ctypes.util.find_library("libespeak-ng"):
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
        try:
            library = ctypes.CDLL(str(path))
        except OSError as error:
            raise UserError(f"{path}: espeak-ng cannot be loaded ({error}): reinstall espeakng-loader") from error
        try:
            # 2: synchronous; 1 + 2: phoneme events in IPA; 0x8000: report a failure, do not exit.
            rate = library.espeak_Initialize(2, 0, os.fsencode(data) if data else None, 0x8003)
            used = ctypes.c_char_p()
            library.espeak_Info(ctypes.byref(used))
            found = Path(os.fsdecode(used.value or b""))
            if rate <= 0 or (data and found != data):  # a path of 160 characters or more does not fit its buffer
                raise UserError(f"{data or path}: espeak-ng cannot read its voices: reinstall it, under a shorter path")
            callback = _CALLBACK(receive)
            library.espeak_SetSynthCallback(callback)
            variant = speaker.voice.partition("+")[2]
            known = not variant or (found / "voices" / "!v" / variant).is_file()  # espeak-ng ignores one it lacks
            if not known or library.espeak_SetVoiceByName(speaker.voice.encode(errors="replace")) != 0:
                raise UserError(f"voice {speaker.voice!r} is not known: mmbook.datasets.speech.voices() lists them")
            if hasattr(library, "espeak_ng_SetRandSeed"):  # some releases lack it; the seed is then the clock
                library.espeak_ng_SetRandSeed(ctypes.c_long(1))
            for parameter, value in enumerate((speaker.rate, speaker.volume, speaker.pitch, speaker.pitch_range), 1):
                library.espeak_SetParameter(parameter, value, 0)
            encoded = text.encode(errors="replace") + b"\0"
            library.espeak_Synth(encoded, ctypes.c_size_t(len(encoded)), 0, 1, 0, 1, None, None)  # 1: UTF-8
        finally:
            library.espeak_Terminate()
            _unload(library)
    return np.concatenate([np.zeros(0, np.int16), *blocks]), events, rate


def _unload(library: ctypes.CDLL) -> None:
    import _ctypes  # ctypes has no public call for it

    (_ctypes.FreeLibrary if sys.platform == "win32" else _ctypes.dlclose)(library._handle)
