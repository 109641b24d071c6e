"""Events in streams that look nothing alike (§2.1.3): find them in each, match them one to one, take the offset."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from mmbook.alignment.clocks import Clock
from mmbook.alignment.tracks import eye_opening, frame_middles, mouth_opening, picture_change
from mmbook.media.audio import log_mel


@dataclass(frozen=True)
class EventScore:
    """Share of the found events that are true, share of the true ones found, median distance of those in seconds."""

    precision: float
    recall: float
    error_seconds: float


def rise(track: Float[np.ndarray, "time *dim"]) -> Float[np.ndarray, "time"]:
    """By how much a track grows at each step, summed over its dimensions; a fall counts 0, and so does the first step.

    Over the bands of a spectrogram this is the spectral flux, the novelty curve of onsets (Bello et al. 2005).
    """
    steps = np.diff(track.reshape(len(track), -1), axis=0)
    return np.concatenate([[0.0], np.maximum(steps, 0).sum(axis=1)])


def peaks(curve: Float[np.ndarray, "time"], threshold: float | int, gap: int = 1) -> Int[np.ndarray, "peaks"]:
    """Places where a curve is above `threshold` and the largest within `gap` steps on both sides, in order."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(curve, gap, constant_values=-np.inf), 2 * gap + 1)
    first = around.argmax(axis=1) == gap  # of equal ones the first
    return np.flatnonzero((curve > threshold) & first)


def find_events(
    curve: Float[np.ndarray, "time"],
    times: Float[np.ndarray, "time"],
    strength: float | int = 4.0,
    gap_seconds: float | int = 0.15,
) -> Float[np.ndarray, "events"]:
    """Times of the peaks of a novelty curve: `strength` deviations above its median, `gap_seconds` apart.

    The deviation is 1.48 times the median distance from the median, which the peaks themselves do not raise.
    """
    if len(curve) < 2:
        return np.zeros(0)
    middle = np.median(curve)
    deviation = 1.4826 * np.median(np.abs(curve - middle)) + 1e-9
    gap = max(1, round(gap_seconds / float(np.median(np.diff(times)))))
    return times[peaks(curve, float(middle + strength * deviation), gap)]


def onsets(
    samples: Float[np.ndarray, "samples"],
    sample_rate: int = 16_000,
    strength: float | int = 4.0,
    gap_seconds: float | int = 0.15,
) -> Float[np.ndarray, "events"]:
    """When sounds begin, in seconds: peaks of the spectral flux of log-mel frames, 10 ms apart."""
    hop = 0.01
    frames = log_mel(samples, sample_rate, n_mels=40, hop_seconds=hop, floor_db=-60).astype(np.float64)
    return find_events(rise(frames), np.arange(len(frames)) * hop, strength, gap_seconds)


def dips(track: Float[np.ndarray, "time"], reach: int = 4) -> Float[np.ndarray, "time"]:
    """By how much a track is below the median of the steps around it (`reach` on both sides); negative where above."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(track, reach, mode="edge"), 2 * reach + 1)
    return np.median(around, axis=1) - track


def blinks(
    frames: UInt8[np.ndarray, "frames height width 3"],
    times: Float[np.ndarray, "frames"],
    strength: float | int = 6.0,
    gap_seconds: float | int = 0.3,
) -> Float[np.ndarray, "events"]:
    """When the eyes are shut for a moment, in seconds: short dips of the eye opening."""
    return find_events(dips(eye_opening(frames)), frame_middles(times), strength, gap_seconds)


def mouth_openings(
    frames: UInt8[np.ndarray, "frames height width 3"],
    times: Float[np.ndarray, "frames"],
    strength: float | int = 2.0,
    gap_seconds: float | int = 0.2,
) -> Float[np.ndarray, "events"]:
    """When the mouth opens, in seconds: the steepest rises of the mouth opening."""
    track = mouth_opening(frames)
    return find_events(np.diff(track, prepend=track[:1]), frame_middles(times), strength, gap_seconds)


def cuts(
    frames: UInt8[np.ndarray, "frames height width 3"],
    times: Float[np.ndarray, "frames"],
    strength: float | int = 12.0,
    gap_seconds: float | int = 0.3,
) -> Float[np.ndarray, "events"]:
    """When one shot ends and the next begins: the times of frames that differ from the one before far more than others.

    A cut that an editor made falls on the edge between two frames. A change that a camera filmed came before the frame
    that shows it first, by half a frame's time on average: take that away.
    """
    return find_events(picture_change(frames), times, strength, gap_seconds)


def match_events(
    first: Float[np.ndarray, "events"], second: Float[np.ndarray, "others"], tolerance: float | int
) -> Int[np.ndarray, "matches 2"]:
    """Pairs of places (i, j) of events at most `tolerance` seconds apart, each used once.

    As many pairs as possible, and of those with as many the one with the smallest sum of distances. Both lists are in
    order of time; a best matching never crosses, so that dynamic programming over their beginnings finds it.
    """
    n, m = len(first), len(second)
    many = (min(n, m) + 1) * float(tolerance) + 1.0  # one more pair outweighs any distances
    gain = np.zeros((n + 1, m + 1))
    apart = np.abs(first[:, None] - second[None, :])
    worth = np.where(apart <= tolerance, many - apart, -np.inf)
    for i in range(n):
        for j in range(m):
            gain[i + 1, j + 1] = max(gain[i, j + 1], gain[i + 1, j], gain[i, j] + worth[i, j])
    pairs, i, j = [], n, m
    while i and j:
        if gain[i, j] == gain[i - 1, j]:
            i -= 1
        elif gain[i, j] == gain[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return np.array(pairs[::-1], dtype=int).reshape(-1, 2)


def event_offset(
    first: Float[np.ndarray, "events"],
    second: Float[np.ndarray, "others"],
    max_seconds: float | int = 2.0,
    tolerance: float | int = 0.1,
) -> Clock:
    """By how much `second` is late: the offset under which most events find a partner, then the partners' median.

    Every difference between an event here and one there is a candidate and votes for those within `tolerance`. Missing
    and false events cast scattered votes, true pairs agree. `score` is the share of the shorter list that is matched.
    """
    differences = np.sort((second[None, :] - first[:, None]).ravel())
    differences = differences[np.abs(differences) <= max_seconds]
    if not len(differences):
        return Clock(0.0)
    votes = np.searchsorted(differences, differences + tolerance, "right") - np.searchsorted(
        differences, differences - tolerance, "left"
    )
    offset = float(np.mean(differences[votes == votes.max()]))
    for _ in range(3):
        pairs = match_events(first, second - offset, tolerance)
        if not len(pairs):
            break
        offset = float(np.median(second[pairs[:, 1]] - first[pairs[:, 0]]))
    return Clock(offset, score=len(pairs) / max(1, min(len(first), len(second))))


def score_events(
    found: Float[np.ndarray, "events"], true: Float[np.ndarray, "others"], tolerance: float | int
) -> EventScore:
    """Precision, recall and median timing error of found events, matched one to one to the true ones."""
    pairs = match_events(found, true, tolerance)
    error = float(np.median(np.abs(found[pairs[:, 0]] - true[pairs[:, 1]]))) if len(pairs) else float("nan")
    return EventScore(len(pairs) / max(1, len(found)), len(pairs) / max(1, len(true)), error)
