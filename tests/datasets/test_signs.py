import numpy as np
import pytest

from mmbook.datasets.signs import INK, PAPER, WORDS, burn_subtitles, draw_sign, random_lines, word_at
from mmbook.media.text import tokenize


@pytest.mark.parametrize("angle", [0, 17, 45, 90, 180, 270])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_ink_lies_in_the_boxes_and_every_box_has_ink(language, angle):
    sign = draw_sign(random_lines(0, language), angle=angle)
    dark = sign.picture.mean(-1) < 180
    rows, columns = np.nonzero(dark)
    inside = [word_at(sign, (x + 0.5, y + 0.5)) for x, y in zip(columns, rows, strict=True)]
    assert np.mean([number is None for number in inside]) < 0.03
    assert set(inside) >= set(range(len(sign.words)))


def test_contrast_scales_the_ink_and_noise_leaves_the_mean():
    lines = random_lines(1)
    full, faint = (draw_sign(lines, contrast=share).picture.astype(float) for share in (1.0, 0.2))
    assert full.min() == pytest.approx(INK.min(), abs=1)
    assert (PAPER - faint).max() == pytest.approx(0.2 * (PAPER - full).max(), abs=2)
    noisy = draw_sign(lines, contrast=0.5, noise=10, seed=3)
    assert np.abs(noisy.picture.astype(float).mean() - draw_sign(lines, contrast=0.5).picture.mean()) < 3
    assert np.array_equal(noisy.picture, draw_sign(lines, contrast=0.5, noise=10, seed=3).picture)


def test_a_turn_keeps_the_size_of_the_boxes():
    flat, turned = draw_sign(random_lines(2)), draw_sign(random_lines(2), angle=33)
    lengths = [np.linalg.norm(np.diff(sign.corners, axis=1), axis=-1) for sign in (flat, turned)]
    assert np.allclose(*lengths)


def test_chinese_lines_are_cut_into_their_own_words():
    assert all(tokenize(word) == [word] for word in (*WORDS["zh"], *WORDS["en"]))
    good = [tokenize("".join(line)) == line for seed in range(30) for line in random_lines(seed, "zh")]
    assert np.mean(good) > 0.9


def test_subtitles_stand_below_the_picture_on_the_frames_of_their_time():
    frames = np.full((12, 40, 80, 3), 77, np.uint8)
    shown = burn_subtitles(frames, [("ab", 0.25, 0.5)], fps=12)
    assert shown.shape == (12, 72, 80, 3) and (shown[:, :40] == 77).all()
    assert [n for n in range(12) if shown[n, 40:].any()] == [3, 4, 5]
