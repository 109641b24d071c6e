"""One answer for one clip, from any of its modalities, and how much each of them weighed (§5.2.4, §5.3.3)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int32
from PIL import Image
from threadpoolctl import ThreadpoolController
from torch import Tensor

from mmbook.datasets.manifest import Row
from mmbook.errors import UserError
from mmbook.explanation import shapley_values, shares, subsets
from mmbook.media.audio import log_mel
from mmbook.media.text import UNK, Vocabulary, read_text, tokenize
from mmbook.sentiment.batches import to_batch
from mmbook.sentiment.extract import extract
from mmbook.sentiment.features import MODALITIES, ClipFeatures, FeatureSettings, pack, pack_text
from mmbook.sentiment.model import ModelConfig, SentimentModel, answer_of, present
from mmbook.sentiment.train import load_run

SOURCES = {"image": ("image",), "audio": ("audio",), "text": ("text",), "video": ("image", "audio")}


@dataclass(frozen=True)
class Prediction:
    """The answer for one clip: `label`, `probability` and `probabilities` for classes, `value` for numbers.

    `contributions` are exact Shapley values of the modalities that were given: with `baseline`, the model's answer to
    nothing at all, they sum to its answer, in log-odds of the predicted label (numbers: in the label's unit). `weights`
    are their magnitudes as shares of one. `notes` say what was left out, and why.
    """

    label: str | None
    probability: float | None
    probabilities: dict[str, float]
    value: float | None
    weights: dict[str, float]
    contributions: dict[str, float]
    baseline: float
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The prediction, ready for JSON, without what its task does not have."""
        absent = ("label", "probability", "probabilities") if self.label is None else ("value",)
        return {name: value for name, value in asdict(self).items() if name not in absent}


@dataclass(frozen=True)
class Predictor:
    """A trained run, loaded once, that answers for many clips.

    >>> predictor = Predictor.load("run")  # doctest: +SKIP
    >>> predictor.predict(image="me.jpg", text="What a lovely day").label  # doctest: +SKIP
    'positive'
    """

    model: SentimentModel
    task: str
    label_names: tuple[str, ...]
    settings: FeatureSettings
    vocabulary: Vocabulary
    features: str  # the folder of its training

    @property
    def modalities(self) -> tuple[str, ...]:
        """What the model was trained with, of image, audio and text."""
        return self.model.config.modalities

    @classmethod
    def load(cls, run_dir: str | Path) -> "Predictor":
        """The run in this folder, ready to answer on the CPU; UserError if something is missing or damaged."""
        try:
            model, run = load_run(run_dir)
            lacking = sorted(set(model.config.to_dict()) - set(run["config"]))
            if lacking:
                raise _damaged(run_dir, f"no {lacking[0]}")
            predictor = cls(
                model=model,
                task=str(run["task"]),
                label_names=tuple(map(str, run["label_names"])),
                settings=FeatureSettings.from_dict(run["feature_settings"]),
                vocabulary=Vocabulary.from_list(run["vocabulary"]),
                features=str(run["features"]),
            )
            _check_sizes(predictor, run_dir)
            _warm_up(predictor)
        except OSError as error:
            raise UserError(f"{run_dir}: cannot be read as a run folder ({error.strerror}): name another") from None
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RuntimeError) as error:
            raise _damaged(run_dir, f"{type(error).__name__} {error}") from None
        return predictor

    def predict(
        self,
        image: str | Path | None = None,
        audio: str | Path | None = None,
        text: str | None = None,
        video: str | Path | None = None,
    ) -> Prediction:
        """The answer for one clip, from any subset of its modalities.

        `text` is the text itself, or the path of a `.txt` file. A video gives frames, and sound where there is no
        `audio`. What the model was not trained with is left out with a note. UserError if nothing is left, MediaError
        for a file that cannot be read.
        """
        given = {"image": image, "audio": audio, "text": text, "video": video}
        given = {name: value for name, value in given.items() if value is not None}
        if not given:
            raise UserError("nothing to predict from: give an image, a sound, a text or a video")
        used = {name: value for name, value in given.items() if set(SOURCES[name]) & set(self.modalities)}
        notes = [f"{name} is left out: the run was trained with {', '.join(self.modalities)} alone" for name in given]
        notes = [note for name, note in zip(given, notes, strict=True) if name not in used]
        if not used:
            raise UserError("; ".join(notes))
        row = {name: read_sentence(value) if name == "text" else Path(value) for name, value in used.items()}
        if "text" in row and not tokenize(row["text"]):
            del row["text"]
            notes.append("the text has no words")
            if not row:
                raise UserError("the text has no words: write a sentence, or give an image, a sound or a video")
        with one_thread():
            return self.answer(extract(Row(id="the clip", **row), self.settings), notes, tuple(used))

    def answer(
        self, clip: ClipFeatures, notes: list[str] | tuple[str, ...] = (), sources: tuple[str, ...] = ()
    ) -> Prediction:
        """The prediction for a clip that was read already; `sources` names what it came from, for the notes."""
        packed = {name: array[None] for name, array in pack(clip, self.settings, self.vocabulary).items()}
        batch = to_batch(packed, self.modalities)
        here = [name for name in MODALITIES if name in self.modalities and bool(present(batch)[name])]
        notes = [*notes, *_remarks(packed, here, sources, self.modalities)]
        if not here:
            raise UserError("nothing to predict from: " + ("; ".join(notes) or "the clip is empty"))
        with torch.no_grad():
            logits = self._logits({name: value for name, value in batch.items() if name.split("_")[0] in here}, here)
        config = self.model.config
        full = answer_of(logits[frozenset(here)], config)[0]
        if not torch.isfinite(full).all():
            raise UserError("the model answers with numbers that are not finite: train again with another seed")
        best = int(full.argmax()) if self.task == "classes" else 0
        evidence = {subset: _evidence(row, best, config) for subset, row in logits.items()}
        contributions = shapley_values(here, evidence)
        answer: dict[str, Any] = {"label": None, "probability": None, "probabilities": {}, "value": None}
        if self.task == "classes":
            probabilities = dict(zip(self.label_names, full.double().tolist(), strict=True))
            label = self.label_names[best]
            answer |= {"label": label, "probability": probabilities[label], "probabilities": probabilities}
        else:
            answer["value"] = float(full)
        return Prediction(
            **answer,
            weights=shares(contributions),
            contributions=contributions,
            baseline=evidence[frozenset()],
            notes=tuple(notes),
        )

    def encode_text(self, text: str | None) -> tuple[Int32[np.ndarray, "length"], int]:
        """A text as the model reads it: the numbers of its words, and how many they are (0 for None)."""
        clip = extract(Row(id="a row", text=text), self.settings) if tokenize(text or "") else ClipFeatures()
        return pack_text(clip.tokens, self.settings, self.vocabulary)

    def _logits(
        self, batch: Mapping[str, Tensor], names: list[str]
    ) -> dict[frozenset[str], Float[Tensor, "one outputs"]]:
        """The logits for each subset of the modalities; each is encoded once."""
        keys, has = subsets(names), present(batch)
        masks = [{name: has[name] if name in key else torch.zeros_like(has[name]) for name in names} for key in keys]
        return dict(zip(keys, self.model(batch, masks), strict=True))


@contextmanager
def one_thread() -> Iterator[None]:
    """A block in which arithmetic stays on one core: the same bits as in `prepare`, and faster for a single clip."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _thread_pools().limit(limits=1):
            yield
    finally:
        torch.set_num_threads(threads)


@cache
def _thread_pools() -> ThreadpoolController:
    return ThreadpoolController()  # looks at every loaded library: once is enough


def read_sentence(text: str) -> str:
    """The text itself, or that of the file where `text` is the path of a `.txt`; UserError if there is no such file."""
    text = str(text)
    if "\n" in text or len(text) > 1000 or not text.strip().lower().endswith(".txt"):
        return text
    path = Path(text.strip())
    if not path.exists() and " " in text.strip() and "/" not in text and "\\" not in text:
        return text  # a sentence about a .txt file
    return read_text(path)


def format_prediction(prediction: Prediction) -> str:
    """The prediction as a person reads it: the answer, each class, what each modality weighed, notes."""
    if prediction.label is None:
        lines, unit = [f"{prediction.value:.3f}"], "the label's unit"
    else:
        lines, unit = [f"{prediction.label} (probability {prediction.probability:.3f})"], "log-odds of this label"
        ranked = sorted(prediction.probabilities.items(), key=lambda item: -item[1])
        lines += [f"  {probability:.3f}  {name}" for name, probability in ranked[:10]]
        lines += [f"  and {len(ranked) - 10} more labels, each less probable"] if len(ranked) > 10 else []
    lines += ["", f"How much each modality weighed, and its Shapley value in {unit}:"]
    for name, weight in prediction.weights.items():
        lines.append(f"  {name:<6}{weight:>6.0%}  {prediction.contributions[name]:+.3f}")
    return "\n".join([*lines, *(f"note: {note}" for note in prediction.notes)])


def _warm_up(predictor: Predictor) -> None:
    """Let libraries do now what they do once, so that the first clip is as quick as the next."""
    Image.init()
    chinese = [token for token in predictor.vocabulary.tokens if "\u4e00" <= token[:1] <= "\u9fff"]
    tokenize("".join(chinese[:1]))  # reads the Chinese dictionary if there will be need of it
    settings = predictor.settings
    shape = (1, 512) if settings.image_encoder == "vgg16" else (1, 3, settings.image_size, settings.image_size)
    image = np.zeros(shape, np.float32 if settings.image_encoder == "vgg16" else np.uint8)
    audio = log_mel(np.zeros(1600, np.float32), settings.sample_rate, settings.n_mels, hop_seconds=settings.hop_seconds)
    with one_thread():
        predictor.answer(ClipFeatures(image, audio, ["word"]))


def _evidence(logits: Float[Tensor, "one outputs"], best: int, config: ModelConfig) -> float:
    """The log-odds of class `best`: log p / (1 - p), which unlike a bare logit has a fixed zero; or the number."""
    if config.task == "numbers":
        return float(answer_of(logits, config)[0])
    row = logits[0].double()
    if config.outputs == 1:
        return float(row[0] if best == 1 else -row[0])
    return float(row[best] - torch.logsumexp(torch.cat([row[:best], row[best + 1 :]]), dim=0))


def _remarks(
    packed: Mapping[str, np.ndarray], here: list[str], sources: tuple[str, ...], modalities: tuple[str, ...]
) -> list[str]:
    """What a person should know about how a clip was read."""
    remarks = []
    if "video" in sources and "audio" in modalities and "audio" not in here:
        remarks.append("the video has no sound")
    words = packed["text"][0][: int(packed["text_length"][0])]
    if "text" in here and np.all(words == UNK):
        remarks.append("no word of the text occurs in the training data")
    return remarks


def _damaged(run_dir: str | Path, why: str) -> UserError:
    return UserError(f"{Path(run_dir) / 'run.json'}: damaged ({why}): train again into a new folder")


def _check_sizes(predictor: Predictor, run_dir: str | Path) -> None:
    """UserError where the parts of a run do not fit together, as in a run.json that was edited."""
    config, settings = predictor.model.config, predictor.settings
    if predictor.task not in ("classes", "numbers") or predictor.task != config.task:
        raise _damaged(run_dir, f"task {predictor.task!r}, model of {config.task!r}")
    if not config.modalities or not set(config.modalities) <= set(MODALITIES):
        raise _damaged(run_dir, f"modalities {config.modalities}")
    if config.task == "classes" and len(predictor.label_names) != config.classes:
        raise _damaged(run_dir, f"{len(predictor.label_names)} label names for {config.classes} classes")
    if "text" in config.modalities and len(predictor.vocabulary) != config.vocabulary_size:
        raise _damaged(run_dir, f"{len(predictor.vocabulary)} words for a model of {config.vocabulary_size}")
    for name in ("image_encoder", "image_size", "n_mels"):
        if getattr(settings, name) != getattr(config, name):
            raise _damaged(run_dir, f"{name} {getattr(settings, name)} for a model of {getattr(config, name)}")
