"""Text in a picture, and a caption's words tied to it (§2.1.3, image with text).

Optical character recognition (OCR) finds lines of text and reads them; edit distance ties what was read, errors and
all, to the words that a caption says are there.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from scipy.optimize import linear_sum_assignment

from mmbook.errors import UserError
from mmbook.media.text import tokenize


@dataclass(frozen=True)
class TextRegion:
    """A piece of text in a picture: the string as read, where it stands, how sure the recogniser is (0 to 1).

    `corners` are four points (x, y) in pixels around it. A line has its `words`, in the order of reading.
    """

    text: str
    corners: Float[np.ndarray, "4 2"]
    confidence: float
    words: tuple["TextRegion", ...] = ()

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, (x, y) in pixels."""
        x, y = self.corners.mean(0)
        return float(x), float(y)


@dataclass(frozen=True)
class Tie:
    """Caption word number `word` stands at region number `region`; `similarity` 0 to 1 is that of the two strings."""

    word: int
    region: int
    similarity: float


@lru_cache(maxsize=4)
def _reader(side: int):
    """The recogniser, loaded once (about a second): PP-OCRv6 for English and Chinese, models from the wheel."""
    import rapidocr

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    models = Path(rapidocr.__file__).parent / "models"
    params = {
        "Global.log_level": "error",
        "Global.text_score": 0.0,
        "Global.return_word_box": True,
        "Global.return_single_char_box": True,
        "Det.limit_side_len": side,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    for part in ("Det", "Rec", "Cls"):  # named by path, a model is never looked for on the network
        found = sorted(models.glob(f"*_{part.lower()}_*.onnx"))
        if not found:
            raise UserError(f"{models}: holds no model for {part}; install rapidocr 3.10 from its wheel again")
        params[f"{part}.model_path"] = str(found[0])
    return rapidocr.RapidOCR(params=params)


def find_text(
    picture: UInt8[np.ndarray, "height width 3"], min_confidence: float | int = 0.5, side: int = 320
) -> list[TextRegion]:
    """The lines of English and Chinese text in an RGB picture, from top to bottom, each with its words.

    Offline, on one thread. Words are lower-case, as `mmbook.media.text.tokenize` cuts them. Lines that the recogniser
    is less sure of than `min_confidence` are left out. A picture whose shorter side is below `side` is enlarged to it
    before lines are looked for: more finds smaller letters and costs time in proportion to its square. An empty list
    where nothing is read.
    """
    reader = _reader(side)
    picture = np.ascontiguousarray(picture[..., ::-1])  # the recogniser was trained on blue, green, red
    resized, record = reader.preprocess_img(picture)
    found, turned, read, crops = reader.run_ocr_steps(resized, record)
    if read.txts is None:
        return []
    upside_down = [label == "180" and bool(score > reader.text_cls.cls_thresh) for label, score in turned.cls_res]
    upside_down = [flag for flag, text in zip(upside_down, read.txts, strict=True) if text.strip()]
    result = reader.build_final_output(picture, found, turned, read, crops, record)
    if result.txts is None:
        return []
    letters = result.word_results
    if len(letters) != len(result.txts):  # rapidocr drops what it cannot place: then no line has words
        letters = [()] * len(result.txts)
    lines = zip(result.txts, result.boxes, result.scores, letters, upside_down, strict=True)
    return [_line(*line) for line in lines if line[2] >= min_confidence]


def find_turned_text(
    picture: UInt8[np.ndarray, "height width 3"], min_confidence: float | int = 0.5, side: int = 320
) -> list[TextRegion]:
    """The lines of text in a picture that may lie on its side or head: the best of its four quarter turns.

    Best is the largest sum of confidence times letters, over words. For short words, whose own shape does not tell the
    recogniser which way is up; four times the cost of `find_text`, and all lines are taken to be turned alike.
    """
    readings = []
    for turns in range(4):
        lines = find_text(np.ascontiguousarray(np.rot90(picture, turns)), min_confidence, side)
        readings.append([_turned_back(line, turns, picture.shape[:2]) for line in lines])
    return max(readings, key=lambda lines: sum(w.confidence * len(w.text) for line in lines for w in line.words))


def _turned_back(region: TextRegion, turns: int, shape: tuple[int, int]) -> TextRegion:
    """A region of the picture after `turns` quarter turns counterclockwise, where it is in the picture of `shape`."""
    height, width = shape
    x, y = region.corners.T
    corners = [(x, y), (width - y, x), (width - x, height - y), (y, height - x)][turns]
    words = tuple(_turned_back(word, turns, shape) for word in region.words)
    return replace(region, corners=np.stack(corners, axis=1), words=words)


def _line(text: str, corners: np.ndarray, confidence: float, letters: Sequence, upside_down: bool) -> TextRegion:
    """One line with its words: each token of the text takes the boxes of its letters."""
    corners = np.asarray(corners, np.float64)
    boxes = np.array([box for _, _, box in letters], np.float64).reshape(-1, 4, 2)
    if upside_down:  # the letters were placed as if the line had not been turned: mirror them about its middle
        boxes = 2 * corners.mean(0) - boxes
    spelled, words, start = "".join(letter for letter, *_ in letters).lower(), [], 0
    for token in tokenize(text) if len(spelled) == len(letters) else []:
        at = spelled.find(token, start)
        if at >= 0:
            start = at + len(token)
            around = cv2.boxPoints(cv2.minAreaRect(boxes[at:start].reshape(-1, 2).astype(np.float32)))
            words.append(TextRegion(token, around.astype(np.float64), float(confidence)))
    return TextRegion(text, corners, float(confidence), tuple(words))


def edit_distance(a: str, b: str) -> int:
    """The smallest number of letters to insert, delete or replace to make `b` out of `a` (Levenshtein 1966)."""
    previous = list(range(len(b) + 1))  # to make the first n letters of b out of nothing: n insertions
    for i, letter in enumerate(a, start=1):
        row = [i]
        for j, other in enumerate(b, start=1):
            row.append(min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (letter != other)))
        previous = row
    return previous[-1]


def similarity(a: str, b: str) -> float:
    """1 for equal strings, 0 where no letter can stay: one minus edit distance over the longer length."""
    return 1 - edit_distance(a, b) / max(len(a), len(b), 1)


def tie_words(caption: Sequence[str], read: Sequence[str], min_similarity: float | int = 0.6) -> list[Tie]:
    """Which word of the caption stands at which region, one to one, given the words that were read there.

    The assignment with the largest sum of similarities; pairs below `min_similarity` are never made, so a word that is
    not in the picture stays untied. Between equal words the order of reading decides. Capitals do not count.
    """
    if not caption or not read:
        return []
    alike = np.array([[similarity(word.lower(), other.lower()) for other in read] for word in caption])
    alike[alike < min_similarity] = 0
    places = np.linspace(0, 1, len(caption))[:, None], np.linspace(0, 1, len(read))[None]
    nearness = 1e-3 * (1 - np.abs(places[0] - places[1]))  # too little to outweigh one letter
    rows, columns = linear_sum_assignment(np.where(alike > 0, alike + nearness, 0), maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [Tie(word, region, float(alike[word, region])) for word, region in pairs if alike[word, region] > 0]


def pair_scores(found: Collection, true: Collection) -> tuple[float, float, float]:
    """Precision, recall and F1 of found pairs against true ones.

    Precision of nothing found, recall of nothing to find, and F1 of two zeros are 0 by convention; where there is
    nothing to find and nothing is found, all three are 1.
    """
    found, true = set(found), set(true)
    if not found and not true:
        return 1.0, 1.0, 1.0
    right = len(found & true)
    precision, recall = right / max(len(found), 1), right / max(len(true), 1)
    return precision, recall, 2 * right / (len(found) + len(true))
