"""Streams on one clock (§2.1.3): resample, find a constant offset, find and undo a drift.

Two recordings of one event tell the time differently. What happens at `t` on the reference clock is found in the other
stream at `offset + t / speed`: a late start is an offset, a recording that plays fast has a speed above 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mmbook.media.audio import resample


@dataclass(frozen=True)
class Clock:
    """The clock of one stream as seen from another: `offset` in seconds, `speed` 1.02 where it plays 2 % fast.

    `score` is the correlation that the two reach on one clock, at most 1.
    """

    offset: float
    speed: float = 1.0
    score: float = 0.0

    def of(self, times: Float[np.ndarray, "times"]) -> Float[np.ndarray, "times"]:
        """When the stream shows what happens at `times` on the reference clock, in seconds."""
        return self.offset + times / self.speed


SAME_CLOCK = Clock(0.0)


def resample_track(
    values: Float[np.ndarray, "time *dim"], times: Float[np.ndarray, "time"], new_times: Float[np.ndarray, "new_time"]
) -> Float[np.ndarray, "new_time *dim"]:
    """A sequence of numbers or vectors at other times, by straight lines; beyond its ends it keeps its end values.

    There is no antialiasing: average first where `new_times` lie much further apart than `times`.
    """
    columns = values.reshape(len(values), -1).T
    new = np.stack([np.interp(new_times, times, column) for column in columns], axis=1)
    return new.reshape(len(new_times), *values.shape[1:])


def cross_correlation(
    reference: Float[np.ndarray, "time"], other: Float[np.ndarray, "other_time"], max_lag: int
) -> Float[np.ndarray, "lags"]:
    """Pearson correlation of `reference[i]` and `other[i + lag]` where both exist, for lags -max_lag .. max_lag.

    0 where less than half of the shorter one is left to compare, or where one of the two is constant.
    """
    least = max(2, min(len(reference), len(other)) // 2)
    scores = np.zeros(2 * max_lag + 1)
    for place, lag in enumerate(range(-max_lag, max_lag + 1)):
        start, stop = max(0, -lag), min(len(reference), len(other) - lag)
        if stop - start < least:
            continue
        x, y = reference[start:stop], other[start + lag : stop + lag]
        x, y = x - x.mean(), y - y.mean()
        scale = np.sqrt((x @ x) * (y @ y))
        scores[place] = x @ y / scale if scale > 1e-12 else 0.0
    return scores


def find_offset(
    reference: Float[np.ndarray, "time"],
    other: Float[np.ndarray, "other_time"],
    step_seconds: float | int,
    max_seconds: float | int = 1.0,
) -> Clock:
    """By how much `other` is late (negative: early): the lag of the largest cross-correlation.

    Both have one value each `step_seconds`, from time 0 of their own clocks. A parabola through the peak and its two
    neighbours gives the offset to a fraction of a step.
    """
    max_lag = round(max_seconds / step_seconds)
    scores = cross_correlation(reference, other, max_lag)
    peak = int(scores.argmax())
    shift = parabola_peak(*scores[peak - 1 : peak + 2]) if 0 < peak < len(scores) - 1 else 0.0
    return Clock(float((peak + shift - max_lag) * step_seconds), score=float(scores[peak]))


def parabola_peak(left: float | int, middle: float | int, right: float | int) -> float:
    """Where the parabola through the values at -1, 0 and 1 has its top; `middle` must be the largest of the three."""
    bend = left - 2 * middle + right
    return float(0.5 * (left - right) / bend) if bend < 0 else 0.0


def find_clock(
    reference: Float[np.ndarray, "time"],
    other: Float[np.ndarray, "other_time"],
    step_seconds: float | int,
    speeds: Sequence[float | int] | Float[np.ndarray, "speeds"],
    max_seconds: float | int = 1.0,
) -> Clock:
    """Offset and speed together: for each candidate speed the drift is undone and the best offset found.

    The cost is one cross-correlation a speed, and the answer one of the candidates: on a long recording end with
    `find_clock_by_windows`, which starts from here.
    """
    best = Clock(0.0, score=-np.inf)
    times = np.arange(len(other)) * step_seconds
    for speed in speeds:
        wanted = np.arange(0, times[-1] * speed, step_seconds) / speed
        found = find_offset(reference, resample_track(other, times, wanted), step_seconds, max_seconds)
        if found.score > best.score:
            best = Clock(found.offset / float(speed), float(speed), found.score)
    return best


def find_clock_by_windows(
    reference: Float[np.ndarray, "time"],
    other: Float[np.ndarray, "other_time"],
    step_seconds: float | int,
    start: Clock = SAME_CLOCK,
    rounds: int = 3,
    window_seconds: float | int = 6.0,
    max_seconds: float | int = 2.0,
) -> Clock:
    """Offset and speed of a long recording: an offset a window, a line through the offsets, undone and found again.

    A drift blurs the match inside a window too, so that the first line is rough; each round works on what the one
    before left. `max_seconds` is the largest offset from `start` anywhere in the recording. ValueError as `fit_clock`.
    """
    clock, times = start, np.arange(len(other)) * step_seconds
    hop = window_seconds / 2
    for _ in range(rounds):
        length = (times[-1] - clock.offset) * clock.speed
        seen = resample_track(other, times, clock.of(np.arange(0, length, step_seconds)))
        left = fit_clock(*window_offsets(reference, seen, step_seconds, window_seconds, hop, max_seconds))
        clock = Clock(clock.offset + left.offset / clock.speed, clock.speed * left.speed, left.score)
    return clock


def window_offsets(
    reference: Float[np.ndarray, "time"],
    other: Float[np.ndarray, "other_time"],
    step_seconds: float | int,
    window_seconds: float | int = 6.0,
    hop_seconds: float | int = 3.0,
    max_seconds: float | int = 2.0,
) -> tuple[Float[np.ndarray, "windows"], Float[np.ndarray, "windows"], Float[np.ndarray, "windows"]]:
    """Middle of each window of the reference in seconds, offset found there, and its correlation.

    Each window is compared with the stretch of `other` around the same place that holds it at any offset allowed.
    """
    length, hop, most = (round(seconds / step_seconds) for seconds in (window_seconds, hop_seconds, max_seconds))
    found = []
    for start in range(0, len(reference) - length + 1, hop):
        window = reference[start : start + length]
        lags = np.arange(max(-most, -start), min(most, len(other) - start - length) + 1)
        if len(lags) < 3:
            continue
        scores = _slide(window, other[start + lags[0] : start + lags[-1] + length])
        peak = int(scores.argmax())
        shift = parabola_peak(*scores[peak - 1 : peak + 2]) if 0 < peak < len(scores) - 1 else 0.0
        found.append(((start + length / 2) * step_seconds, (lags[peak] + shift) * step_seconds, scores[peak]))
    centres, offsets, scores = np.array(found).reshape(-1, 3).T
    return centres, offsets, scores


def _slide(window: Float[np.ndarray, "length"], stretch: Float[np.ndarray, "_"]) -> Float[np.ndarray, "places"]:
    """Pearson correlation of a window with every stretch of its length."""
    rows = np.lib.stride_tricks.sliding_window_view(stretch, len(window))
    centred = window - window.mean()
    deviation = np.sqrt(np.maximum(rows.var(axis=1), 1e-24) * len(window) * (centred @ centred))
    return rows @ centred / np.maximum(deviation, 1e-12)


def fit_clock(
    times: Float[np.ndarray, "windows"],
    offsets: Float[np.ndarray, "windows"],
    scores: Float[np.ndarray, "windows"],
    least_score: float | int = 0.3,
) -> Clock:
    """Offset and speed of the straight line through offsets found in windows (`window_offsets`).

    The slope is the median of the slopes between all pairs (Theil 1950, Sen 1968), so that windows matched in a wrong
    place, up to a quarter or so, do no harm. Windows below `least_score` are left out. ValueError if two do not remain.
    """
    kept = scores >= least_score
    times, offsets = times[kept], offsets[kept]
    if len(times) < 2:
        raise ValueError(f"fit_clock: {len(times)} of {len(kept)} windows reach least_score {least_score}; 2 needed")
    first, second = np.triu_indices(len(times), 1)
    slope = float(np.median((offsets[second] - offsets[first]) / (times[second] - times[first])))
    return Clock(float(np.median(offsets - slope * times)), 1 / (1 + slope), float(np.median(scores[kept])))


def delay(
    samples: Float[np.ndarray, "samples"], seconds: float | int, sample_rate: int = 16_000
) -> Float[np.ndarray, "samples"]:
    """The sound `seconds` later (negative: earlier), as long as before: silence fills one end, the other is cut off."""
    late = round(seconds * sample_rate)
    out = np.zeros_like(samples)
    if late >= 0:
        out[late:] = samples[: max(0, len(samples) - late)]
    else:
        out[:late] = samples[-late:]
    return out


def change_speed(
    samples: Float[np.ndarray, "samples"], speed: float | int, sample_rate: int = 16_000
) -> Float[np.ndarray, "new_samples"]:
    """The sound played `speed` times as fast, as a recorder with a wrong clock would: pitch changes with it.

    The speed is kept to 1 part in 16,000 (one in `sample_rate`).
    """
    return resample(samples, round(sample_rate * speed), sample_rate)


def undo_clock(
    samples: Float[np.ndarray, "samples"], clock: Clock, sample_rate: int = 16_000
) -> Float[np.ndarray, "new_samples"]:
    """The sound on the reference clock: first the speed undone, then the offset; as long as the sound then is."""
    return delay(change_speed(samples, 1 / clock.speed, sample_rate), -clock.offset * clock.speed, sample_rate)
