from types import SimpleNamespace

import numpy as np
import overview

from mmbook.media.audio import write_audio
from mmbook.media.image import write_image


def test_the_landing_picture_shows_three_modalities_the_label_and_the_weights(tmp_path):
    write_image(tmp_path / "a.png", np.zeros((96, 96, 3), np.uint8))
    write_audio(tmp_path / "a.wav", np.zeros(16_000, np.float32))
    row = {"image": "a.png", "audio": "a.wav", "text": "Not bad at all."}
    weights = {"image": 0.5, "text": 0.2, "audio": 0.3}
    contributions = {"image": 1.0, "text": -0.4, "audio": 0.6}
    prediction = SimpleNamespace(label="positive", probability=0.971, weights=weights, contributions=contributions)
    face, words, voice, answer = overview.draw(tmp_path, row, prediction).axes
    assert [axes.get_title(loc="center") for axes in (face, words, voice)] == ["face", "words", "voice"]
    assert "Not bad at all." in words.texts[0].get_text().replace("\n", " ")
    assert answer.get_title(loc="center") == "→ positive, 97%"
    assert [label.get_text() for label in answer.get_yticklabels()] == ["voice", "words", "face"]
    assert [text.get_text() for text in answer.texts] == ["30% for", "20% against", "50% for"]
    assert [patch.get_width() for patch in answer.patches] == [0.3, 0.2, 0.5]
