"""Random numbers that depend on a seed and on names, never on order, batch or process."""

import hashlib

import numpy as np


def key(seed: int, *names: object) -> int:
    """A 64-bit integer that is the same on every machine for the same seed and names."""
    text = "\x1f".join([str(int(seed)), *map(str, names)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def rng(seed: int, *names: object) -> np.random.Generator:
    """A generator for one item: `rng(seed, "clip", clip_id)` gives the same draws however the work is divided."""
    return np.random.Generator(np.random.PCG64(key(seed, *names)))
