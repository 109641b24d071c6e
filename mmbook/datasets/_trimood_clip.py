"""One clip of `trimood`: its voice, its face and its four files, all of them a function of its plan."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from mmbook import seeding
from mmbook.datasets.cues import Cues
from mmbook.datasets.face import OCCLUSIONS, Expression, Identity, Scene, draw_face, random_scene
from mmbook.datasets.speech import SAMPLE_RATE, Span, Speaker, speak
from mmbook.files import write_json
from mmbook.media.audio import mix_at_snr, write_audio
from mmbook.media.image import write_image
from mmbook.media.video import write_video

FRAMES_PER_SECOND = 12
PICTURE_SIZE = 96
MASKING_SNR_DB = -12.0  # of the condition noisy_voice: the tone cannot be heard any more
MILD_SNR_DB = (15.0, 30.0)
NOISES = ("white", "pink", "hum", "babble")
MASKING_NOISES = ("pink", "babble")  # as strong as a voice where a voice is strong
LEVEL_DB = -29.0  # root mean square of an even-tempered voice, relative to full scale
STRENGTH = {0: 0.0, 1: 0.5, 2: 0.75, 3: 1.0}  # how much of the full expression a cue of 1, 2 or 3 shows


@dataclass(frozen=True)
class Plan:
    """Everything that is decided about a clip before it is rendered; `cues` are of face, voice and words."""

    id: str
    seed: int
    split: str
    valence: int
    condition: str
    cues: Cues
    text: str
    kind: str
    topic: str
    template: int
    speaker: str
    voice: Speaker
    face: str
    identity: Identity

    def rng(self, *names: object) -> np.random.Generator:
        """Random numbers of this clip alone, for one purpose."""
        return seeding.rng(self.seed, "clip", self.id, *names)

    @property
    def snr_db(self) -> float:
        """Signal-to-noise ratio of the sound in decibels."""
        if self.condition == "noisy_voice":
            return MASKING_SNR_DB
        return round(float(self.rng("snr").uniform(*MILD_SNR_DB)), 1)

    @property
    def noise(self) -> str:
        """The kind of background noise, one of `NOISES`."""
        names = MASKING_NOISES if self.condition == "noisy_voice" else NOISES
        return names[int(self.rng("noise kind").integers(len(names)))]

    @property
    def occlusion(self) -> str:
        """What hides the face, one of `mmbook.datasets.face.OCCLUSIONS`."""
        if self.condition != "hidden_face":
            return "none"
        return OCCLUSIONS[1 + int(self.rng("occlusion").integers(len(OCCLUSIONS) - 1))]


@dataclass(frozen=True)
class Sound:
    """The sound of a clip at 16 kHz: the voice in it, the voice with its noise, the times of words and phonemes."""

    clean: Float32[np.ndarray, "samples"]
    mixed: Float32[np.ndarray, "samples"]
    words: tuple[Span, ...]
    phonemes: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        """Length of the clip."""
        return len(self.mixed) / SAMPLE_RATE


def _mood(cue: int | None, valence: int) -> float:
    """How pleased a face or voice shows itself, -1..1; what cannot be perceived is as it would be otherwise."""
    felt = valence if cue is None else cue
    return math.copysign(STRENGTH[abs(felt)], felt) if felt else 0.0


def render_sound(plan: Plan) -> Sound:
    """The voice in its mood, in a clip whose length follows from its words alone, with noise at `plan.snr_db`.

    A pleased voice is higher, more lively, faster and louder (Scherer 2003, Speech Communication 40: high arousal);
    a displeased one lower, flatter, slower and softer.
    """
    rng, mood = plan.rng("voice"), _mood(plan.cues[1], plan.valence)
    jitter = rng.normal(size=4)
    spoken = speak(
        plan.text,
        plan.voice,
        pitch=2 ** (0.30 * mood + 0.05 * jitter[0]),
        pitch_range=2 ** (0.90 * mood + 0.15 * jitter[1]),
        rate=1.25 * 2 ** (0.22 * mood + 0.04 * jitter[2]),
    )
    voice = spoken.samples / (np.sqrt(np.mean(spoken.samples.astype(np.float64) ** 2)) + 1e-9)
    seconds = max(0.3 + 0.058 * len(plan.text), len(voice) / SAMPLE_RATE + 0.15)
    length = round(seconds * FRAMES_PER_SECOND) * SAMPLE_RATE // FRAMES_PER_SECOND + 1
    spare = length - len(voice)
    lead = round((0.25 + 0.5 * rng.random()) * spare)
    clean = np.zeros(length, np.float32)
    clean[lead : lead + len(voice)] = voice * 10 ** ((LEVEL_DB + 4.0 * mood + 1.0 * jitter[3]) / 20)
    mixed = mix_at_snr(clean, _noise(plan.noise, length, plan.rng("noise")), plan.snr_db)
    gain = min(1.0, 0.99 / float(np.abs(mixed).max()))
    if plan.condition == "noisy_voice":  # the noise follows the voice's level: take that trace away
        loudness = 10 ** (rng.uniform(-20, -14) / 20) / math.sqrt(np.mean(mixed.astype(np.float64) ** 2))
        gain = min(loudness, 0.99 / float(np.abs(mixed).max()))
    clean, mixed = clean * np.float32(gain), mixed * np.float32(gain)

    def later(spans):
        return tuple(Span(s.text, s.start + lead / SAMPLE_RATE, s.end + lead / SAMPLE_RATE) for s in spans)

    return Sound(clean, mixed, later(spoken.words), later(spoken.phonemes))


def _noise(kind: str, length: int, rng: np.random.Generator) -> Float32[np.ndarray, "samples"]:
    """Background noise of power 1."""
    seconds = np.arange(length) / SAMPLE_RATE
    if kind == "hum":
        mains = rng.choice([50.0, 60.0])
        noise = sum(
            rng.uniform(0.2, 1) / k * np.sin(2 * np.pi * (k * mains * seconds + rng.random())) for k in range(1, 9)
        )
        noise = noise + 0.05 * rng.normal(size=length)
    else:
        period = 1 << (length - 1).bit_length()  # a power of two, for a fast transform
        spectrum = np.fft.rfft(rng.normal(size=period))
        hertz = np.fft.rfftfreq(period, 1 / SAMPLE_RATE)
        if kind == "pink":
            spectrum /= np.sqrt(np.maximum(hertz, 60))
        elif kind == "babble":  # many voices at once: the spectrum of speech, and syllables in its loudness
            spectrum *= np.minimum(hertz / 120, 1) / (1 + (hertz / 500) ** 1.5)
        noise = np.fft.irfft(spectrum, period)[:length]
        if kind == "babble":
            rates, phases = rng.uniform(2, 6, 5), rng.random(5)
            swell = sum(np.sin(2 * np.pi * (f * seconds + p)) for f, p in zip(rates, phases, strict=True))
            noise = noise * (1 + 0.12 * swell)
    return (noise / np.sqrt(np.mean(noise**2))).astype(np.float32)


def mouth_opening(clean: Float32[np.ndarray, "samples"]) -> Float32[np.ndarray, "frames"]:
    """How far the mouth is open in each video frame, 0..1: the voice's loudness around it, relative to its loudest."""
    hop = SAMPLE_RATE / FRAMES_PER_SECOND
    frames = math.floor(len(clean) / hop)
    energy = np.concatenate([[0.0], np.cumsum(clean.astype(np.float64) ** 2)])
    middle = (np.arange(frames) + 0.5) * hop
    start, end = np.int64(np.maximum(middle - hop / 2, 0)), np.int64(np.minimum(middle + hop / 2, len(clean)))
    loudness = np.sqrt((energy[end] - energy[start]) / hop)
    return np.clip(loudness / (np.quantile(loudness, 0.95) + 1e-9), 0, 1).astype(np.float32)


def render_frames(
    plan: Plan, opening: Float32[np.ndarray, "frames"]
) -> tuple[UInt8[np.ndarray, "size size 3"], UInt8[np.ndarray, "frames size size 3"]]:
    """The picture at the peak of the expression, and the frames of the video in which it builds up."""
    rng, mood = plan.rng("face"), _mood(plan.cues[0], plan.valence)
    mood = float(np.clip(mood + 0.04 * rng.normal() * (mood != 0), -1, 1))
    scene = random_scene(rng)
    pose = {
        "yaw": rng.uniform(-0.2, 0.2),
        "tilt": rng.uniform(-0.06, 0.06),
        "shift_x": rng.uniform(-0.025, 0.025),
        "shift_y": rng.uniform(-0.02, 0.02),
        "scale": rng.uniform(1.06, 1.18),
    }
    photo = _draw(plan, scene, Expression(mood, **pose))
    count = len(opening)
    peak = rng.uniform(0.2, 0.45) * count
    ramp = np.clip(np.arange(count) / peak, 0, 1)
    ramp = ramp**2 * (3 - 2 * ramp)
    blinks = np.zeros(count)
    at = int(rng.integers(2, 18))
    while at < count:
        blinks[at : at + 2] = (1.0, 0.5)[: count - at]
        at += int(rng.integers(16, 48))
    clock, sway, phase = np.arange(count) / FRAMES_PER_SECOND, rng.uniform(0.2, 0.6, 2), 2 * np.pi * rng.random(2)
    turn, nod = (np.sin(2 * np.pi * f * clock + p) for f, p in zip(sway, phase, strict=True))
    frames = [
        _draw(
            plan,
            scene,
            Expression(
                mood * float(ramp[i]),
                0.9 * float(opening[i]),
                float(blinks[i]),
                **(pose | {"yaw": pose["yaw"] + 0.06 * turn[i], "tilt": pose["tilt"] + 0.025 * nod[i]}),
            ),
        )
        for i in range(count)
    ]
    return photo, np.stack(frames)


def _draw(plan: Plan, scene: Scene, expression: Expression) -> UInt8[np.ndarray, "size size 3"]:
    return draw_face(plan.identity, expression, PICTURE_SIZE, scene, plan.occlusion)


def clip_files(root: Path, clip: str) -> dict[str, Path]:
    """Where the files of a clip are."""
    return {
        "image": root / "images" / f"{clip}.png",
        "audio": root / "audio" / f"{clip}.wav",
        "video": root / "video" / f"{clip}.mp4",
        "timings": root / "timings" / f"{clip}.json",
    }


def write_clip(root: Path, plan: Plan) -> str:
    """The id of the clip, once those of its files that are missing or empty have been written."""
    files = clip_files(root, plan.id)
    if all(path.is_file() and path.stat().st_size for path in files.values()):
        return plan.id
    sound = render_sound(plan)
    photo, frames = render_frames(plan, mouth_opening(sound.clean))
    write_image(files["image"], photo)
    write_audio(files["audio"], sound.mixed, SAMPLE_RATE)
    write_video(files["video"], frames, FRAMES_PER_SECOND, sound.mixed, SAMPLE_RATE)
    write_json(
        files["timings"],
        {
            "seconds": round(sound.seconds, 4),
            "words": [_rounded(span) for span in sound.words],
            "phonemes": [_rounded(span) for span in sound.phonemes],
        },
    )
    return plan.id


def _rounded(span: Span) -> dict[str, str | float]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(span).items()}
