"""Films with known cuts and drawn scenes with known motion, for testing what cuts and changes videos (§2.1.2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, UInt8

from mmbook import seeding
from mmbook.datasets.face import Expression, Identity, Scene, draw_face, identities, random_scene

FRAMES_PER_SECOND = 12
SIZE = 96
JOINS = ("hard", "hard", "hard", "hard", "hard", "jump", "jump", "jump", "dissolve", "dissolve", "dissolve")
DISTURBANCES = (
    "none",
    "none",
    "none",
    "none",
    "flash",
    "flash",
    "flash",
    "passer",
    "passer",
    "passer",
    "light",
    "light",
)
DISSOLVE_FRAMES = 8
NOISE = 3.0  # of the camera, in grey levels


@dataclass(frozen=True)
class Event:
    """Something that happens in a film, from the frame `first` to the frame `last`, both included."""

    kind: str
    first: int
    last: int


@dataclass(frozen=True)
class Film:
    """A film, its true cuts, and what else happens in it without being a cut.

    A cut is "hard" or "jump" (`first` and `last` are the first frame of the new shot) or "dissolve" (the frames in
    which both shots are seen). `events` are "flash", "passer" and "light".
    """

    frames: UInt8[np.ndarray, "frames height width 3"]
    fps: float | int
    cuts: tuple[Event, ...]
    events: tuple[Event, ...] = ()


def join_shots(
    shots: Sequence[UInt8[np.ndarray, "_ height width 3"]],
    joins: Sequence[str] | None = None,
    fps: float | int = FRAMES_PER_SECOND,
) -> Film:
    """The shots one after the other, joined by the kinds of cut in `joins` (one fewer than shots; None: all "hard").

    A "dissolve" shows the last frames of a shot and the first of the next together, so that the film gets shorter by
    `DISSOLVE_FRAMES`; any other kind is a hard cut under another name. ValueError for a wrong number of kinds.
    """
    joins = ["hard"] * (len(shots) - 1) if joins is None else list(joins)
    if len(joins) != len(shots) - 1:
        raise ValueError(f"join_shots: {len(shots)} shots need {len(shots) - 1} joins, not {len(joins)}")
    parts, cuts, length = [shots[0]], [], len(shots[0])
    for shot, kind in zip(shots[1:], joins, strict=True):
        if kind == "dissolve":
            mixed = _dissolve(parts[-1][-DISSOLVE_FRAMES:], shot[:DISSOLVE_FRAMES])
            parts[-1] = parts[-1][:-DISSOLVE_FRAMES]
            parts += [mixed, shot[DISSOLVE_FRAMES:]]
            cuts.append(Event(kind, length - DISSOLVE_FRAMES, length - 1))
            length -= DISSOLVE_FRAMES
        else:
            parts.append(shot)
            cuts.append(Event(kind, length, length))
        length += len(shot)
    return Film(np.concatenate(parts), fps, tuple(cuts))


def _dissolve(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    weights = (np.arange(1, len(new) + 1) / (len(new) + 1))[:, None, None, None]
    return np.rint((1 - weights) * old + weights * new).astype(np.uint8)


def compose_film(seed: int = 0) -> Film:
    """A film of twelve shots (about 25 s, 96 x 96) of drawn people who speak, with eleven known cuts.

    Five cuts are "hard": another person in another room. Three are "jump": the same person and room, framed anew. Three
    are "dissolve". Inside the shots, away from the cuts, come three flashes (two frames), three dark figures that pass
    close to the camera, and two lights that are switched off. The camera has noise. Not a film of real people.
    """
    rng = seeding.rng(seed, "film")
    joins, disturbances = rng.permutation(JOINS), rng.permutation(DISTURBANCES)
    people = iter(identities(len(disturbances), seed=seeding.key(seed, "people") % 2**31))
    shots, events, person, scene, frame = [], [], None, None, 0
    for place, kind in enumerate(disturbances):
        join = "hard" if place == 0 else str(joins[place - 1])
        if join != "jump":
            person, scene = next(people), random_scene(rng)
        shot = _film_person(person, scene, int(rng.integers(26, 37)), close=join == "jump", rng=rng)
        start = frame - (DISSOLVE_FRAMES if join == "dissolve" else 0)
        if kind != "none":
            first = int(rng.integers(10, len(shot) - 14))
            last = _disturb(shot, str(kind), first, rng)
            events.append(Event(str(kind), start + first, start + last))
        shots.append(shot)
        frame = start + len(shot)
    film = join_shots(shots, [str(join) for join in joins])
    noisy = film.frames + rng.normal(0, NOISE, film.frames.shape)
    return replace(film, frames=np.clip(np.rint(noisy), 0, 255).astype(np.uint8), events=tuple(events))


def _film_person(
    person: Identity, scene: Scene, count: int, close: bool, rng: np.random.Generator
) -> UInt8[np.ndarray, "count size size 3"]:
    """One person who speaks and sways; a close shot is framed from nearer and from the other side."""
    side = rng.choice([-1, 1])
    low, high = (1.45, 1.7) if close else (1.0, 1.2)
    shift, scale, turned = side * rng.uniform(0.0, 0.06), rng.uniform(low, high), side * rng.uniform(0.05, 0.25)
    clock = np.arange(count) / FRAMES_PER_SECOND
    talk = np.clip(0.5 + 0.6 * np.sin(2 * np.pi * rng.uniform(2, 4) * clock + rng.uniform(0, 6)), 0, 1)
    sway = np.sin(2 * np.pi * rng.uniform(0.2, 0.6) * clock + rng.uniform(0, 6))
    mood = float(rng.uniform(-1, 1))
    frames = [
        draw_face(
            person,
            Expression(
                valence=mood,
                mouth_open=0.8 * float(mouth),
                yaw=turned + 0.08 * float(turn),
                tilt=0.03 * float(turn),
                shift_x=shift,
                scale=scale,
            ),
            SIZE,
            scene,
        )
        for mouth, turn in zip(talk, sway, strict=True)
    ]
    return np.stack(frames)


def _disturb(shot: np.ndarray, kind: str, first: int, rng: np.random.Generator) -> int:
    """The last frame of what is done to the frames of `shot` in place, from the frame `first` on."""
    if kind == "flash":
        shot[first : first + 2] = 255 - (255 - shot[first : first + 2]) // 5
        return first + 1
    if kind == "light":
        shot[first:] = shot[first:] // 2
        return first
    centres, across = np.linspace(-0.4, 1.4, 6) * SIZE, np.arange(SIZE)
    for frame, centre in zip(shot[first : first + 6], centres[:: rng.choice([-1, 1])], strict=True):
        frame[:, np.abs(across - centre) < 0.3 * SIZE] = (52, 44, 48)
    return first + 5


def disc_frames(
    times: Float[np.ndarray, "frames"], speed: float | int, size: tuple[int, int] = (32, 160), radius: float | int = 8
) -> UInt8[np.ndarray, "frames height width 3"]:
    """A white disc that moves to the right over black at `speed` pixels a second, seen at `times` (seconds).

    Its centre is at `radius + 2 + speed * time`; `size` is (height, width). Its edge is smooth, so that the centre of
    brightness follows it to a small part of a pixel.
    """
    height, width = size
    x = np.arange(width) + 0.5 - (radius + 2 + speed * times[:, None, None])
    y = np.arange(height)[:, None] + 0.5 - height / 2
    grey = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1) * 255
    return np.rint(grey)[..., None].repeat(3, axis=3).astype(np.uint8)


def wheel_frames(
    times: Float[np.ndarray, "frames"], turns_per_second: float | int, spokes: int = 6, size: int = 96
) -> UInt8[np.ndarray, "frames size size 3"]:
    """A wheel with bright spokes on a dark ground that turns clockwise, seen at `times` (seconds)."""
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    wave = np.cos(spokes * (angle - 2 * np.pi * turns_per_second * times[:, None, None]))
    rim = np.exp(-(((radius - 0.44 * size) / 1.5) ** 2))
    spoke = (radius < 0.44 * size) * np.clip(0.5 + 0.5 * wave * np.minimum(1, radius / 6), 0, 1)
    return np.rint(30 + 200 * np.maximum(rim, spoke))[..., None].repeat(3, axis=3).astype(np.uint8)
