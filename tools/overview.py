"""The picture of the landing page and the README: one clip, its three modalities, and what the model makes of them.

    python tools/overview.py [CLIP] [RUN]     writes _static/overview.png

CLIP is an id of the default data; RUN is a trained model's folder. Both have defaults in the data folder.
"""

import csv
import sys
import textwrap
from pathlib import Path

from matplotlib.figure import Figure

from mmbook import plotting
from mmbook.datasets import data_dir
from mmbook.media.audio import log_mel, read_audio
from mmbook.media.image import read_image
from mmbook.sentiment.predict import Prediction, Predictor

OUT = Path(__file__).resolve().parents[1] / "_static" / "overview.png"
CLIP = "1069"  # delighted words, a sad face and a sad voice
HOP_SECONDS = 0.02


def find_clip(folder: Path, clip: str) -> dict[str, str]:
    """The manifest's row of one clip."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return next(row for row in csv.DictReader(lines) if row["id"] == clip)


def draw(folder: Path, row: dict[str, str], prediction: Prediction) -> Figure:
    """Face, sentence and voice in one column each, then the label with its probability and the weights."""
    figure = plotting.new_figure(size=(10.4, 3.0))[0]
    figure.clear()
    columns = figure.add_gridspec(1, 4, width_ratios=(1.3, 1.15, 1.3, 1.4))
    colours = plotting.MODALITY_COLOURS

    face, sentence, voice, answer = (figure.add_subplot(columns[place]) for place in range(4))
    face.imshow(read_image(folder / row["image"]))
    face.set_xticks([])
    face.set_yticks([])
    face.set_anchor("N")
    sentence.text(0.5, 0.5, textwrap.fill(f"“{row['text']}”", 17), ha="center", va="center", fontsize=12)
    sentence.set_xticks([])
    sentence.set_yticks([])
    samples = read_audio(folder / row["audio"])
    seconds = len(samples) / 16_000
    voice.imshow(log_mel(samples, hop_seconds=HOP_SECONDS).T, origin="lower", aspect="auto", extent=(0, seconds, 0, 64))
    voice.set(xlabel="seconds", yticks=[])
    panels = ((face, "image", "face"), (sentence, "text", "words"), (voice, "audio", "voice"))
    for axes, modality, name in panels:
        axes.set_title(name, color=colours[modality], weight="bold", loc="center")
        axes.spines[:].set_visible(True)
        axes.spines[:].set(color=colours[modality], linewidth=2.5)

    names = {modality: name for _, modality, name in reversed(panels)}
    shares = [prediction.weights[modality] for modality in names]
    bars = answer.barh(list(names.values()), shares, color=[colours[modality] for modality in names], height=0.6)
    against = [" against" if prediction.contributions[modality] < 0 else " for" for modality in names]
    answer.bar_label(bars, [f"{share:.0%}{side}" for share, side in zip(shares, against, strict=True)], padding=4)
    answer.set(xlim=(0, 0.8), xlabel="weight in this answer")
    answer.set_xticks([])
    answer.tick_params(axis="y", length=0)
    answer.set_title(f"→ {prediction.label}, {prediction.probability:.0%}", fontsize=14, weight="bold", loc="center")
    return figure


def main(arguments: list[str]) -> int:
    """Exit code 0, once the picture is written."""
    folder = data_dir() / "trimood"
    row = find_clip(folder, arguments[0] if arguments else CLIP)
    predictor = Predictor.load(arguments[1] if len(arguments) > 1 else data_dir() / "runs" / "trimood")
    prediction = predictor.predict(image=folder / row["image"], audio=folder / row["audio"], text=row["text"])
    draw(folder, row, prediction).savefig(OUT, dpi=150, metadata={"Software": None})
    print(f"{row['condition']}, truly {row['label']}: {prediction}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
