"""The `mmbook` command. A user's mistake is one line on stderr and exit code 2; heavy imports wait inside commands."""

import json
import os
import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mmbook import __version__
from mmbook.errors import UserError

PLAIN = {"no_args_is_help": True, "rich_markup_mode": None, "pretty_exceptions_enable": False}
app = typer.Typer(name="mmbook", add_completion=False, **PLAIN)
data = typer.Typer(help="Build the data the book uses.", **PLAIN)
sentiment = typer.Typer(help="Chapter 5: sentiment from a picture, a voice and words.", **PLAIN)
OnError = StrEnum("OnError", ["raise", "skip"])
Task = StrEnum("Task", ["auto", "classes", "numbers"])
ImageEncoder = StrEnum("ImageEncoder", ["cnn", "vgg16"])
app.add_typer(data, name="data")
app.add_typer(sentiment, name="sentiment")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, by default on the process's own arguments, and exit with its code."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console that cannot show a character shows its escape
            stream.reconfigure(errors="backslashreplace")
    try:
        app(args=arguments, prog_name="mmbook")
    except UserError as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error))


def _stop(message: str) -> None:
    print("mmbook: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(2)


def _print_json(value: object) -> None:
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(value, indent=2, ensure_ascii=not unicode, allow_nan=False))


def _version(wanted: bool) -> bool:
    if wanted:
        print(f"mmbook {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Multimodal models, runnable: build data, train on your own pictures, voices and words, and predict.

    \b
    First steps:
      mmbook doctor
      mmbook data trimood --out data/trimood
      mmbook sentiment prepare data/trimood/manifest.csv --out features
      mmbook sentiment train features --out run
      mmbook sentiment evaluate run
      mmbook sentiment predict run --image me.jpg --audio me.wav --text "What a lovely day"
    """


@app.command()
def doctor() -> None:
    """Show what is installed, what is missing and what to do.

    Versions, devices, codecs, voices and the state of the data.
    """
    from mmbook.doctor import print_report

    if not print_report():
        raise typer.Exit(1)


@data.callback()
def _data() -> None:
    """Build the data the book uses."""


@data.command()
def trimood(
    out: Annotated[Path, typer.Option(help="The folder to build; a partly built one is completed.")],
    clips: Annotated[int, typer.Option(min=1, help="How many clips.")] = 1200,
    seed: Annotated[int, typer.Option(help="Every random draw follows from it.")] = 0,
    preset: Annotated[str, typer.Option(help="The mix of conditions: default, redundant or unique.")] = "default",
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; by default one per core.")] = None,
) -> None:
    """Build simulated talking-head clips that carry a mood.

    A drawn face, a synthesised voice and a sentence each; pictures, sounds, videos and a manifest.csv.

    \b
    Examples:
      mmbook data trimood --out data/trimood
      mmbook data trimood --out data/redundant --preset redundant --clips 400 --seed 1
    """
    from mmbook.datasets.trimood import build, ceilings

    build(out, clips=clips, seed=seed, preset=preset, workers=workers)
    best = ", ".join(f"{names} {share:.3f}" for names, share in ceilings(preset).items())
    print(f"Best possible accuracy: {best}")
    print(f"Built {out / 'manifest.csv'}. Next: mmbook sentiment prepare {out / 'manifest.csv'} --out features")


@sentiment.command()
def prepare(
    manifest: Annotated[Path, typer.Argument(help="A CSV with the columns id, image, audio, video, text, label.")],
    out: Annotated[Path, typer.Option(help="The folder for the features; a partly prepared one is completed.")],
    on_error: Annotated[
        OnError, typer.Option(help="At a bad row: stop, or report it and keep all the others.")
    ] = OnError["raise"],
    label_column: Annotated[str, typer.Option(help="The column that holds the label.")] = "label",
    task: Annotated[Task, typer.Option(help="What a label is; auto looks at the column.")] = Task.auto,
    image_encoder: Annotated[
        ImageEncoder, typer.Option(help="A CNN trained with the rest, or the textbook's frozen VGG16.")
    ] = ImageEncoder.cnn,
    download_weights: Annotated[
        bool, typer.Option("--download-weights", help="Fetch VGG16's ImageNet weights if they are not here yet.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; by default one per core.")] = None,
) -> None:
    """Turn the files of a manifest into cached features.

    Decodes and cleans every row, and reports what was rejected and why. Killed, it resumes when run again.

    \b
    Examples:
      mmbook sentiment prepare data/trimood/manifest.csv --out features
      mmbook sentiment prepare mine.csv --out features --on-error skip --label-column stars --task numbers
    """
    from mmbook.sentiment.prepare import FeatureSettings
    from mmbook.sentiment.prepare import prepare as prepare_features

    prepare_features(
        manifest,
        out,
        settings=FeatureSettings(image_encoder=image_encoder.value),
        on_error=on_error.value,
        workers=workers,
        label_column=label_column,
        task=task.value,
        download=download_weights,
    )
    print(f"Next: mmbook sentiment train {out} --out run")


@sentiment.command()
def train(
    features: Annotated[Path, typer.Argument(help="A folder that `mmbook sentiment prepare` made.")],
    out: Annotated[Path, typer.Option(help="The run folder; an interrupted run in it is resumed.")],
    fusion: Annotated[str, typer.Option(help="How modalities are joined, by name.")] = "concat",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the data; by default chosen from its size.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Every random draw follows from it.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    modalities: Annotated[
        str | None, typer.Option(help="Train with these alone, e.g. image,text; by default all that the data have.")
    ] = None,
) -> None:
    """Train a model on prepared features.

    The run folder then holds all that prediction needs. Killed, it resumes when run again.

    \b
    Examples:
      mmbook sentiment train features --out run
      mmbook sentiment train features --out run_text --modalities text --epochs 10 --seed 1
      torchrun --nproc-per-node 2 -m mmbook sentiment train features --out run
    """
    from mmbook.sentiment.train import train as train_model

    names = tuple(name.strip() for name in modalities.split(",") if name.strip()) if modalities is not None else None
    result = train_model(features, out, fusion=fusion, epochs=epochs, seed=seed, device=device, modalities=names)
    if os.environ.get("RANK", "0") == "0":  # torchrun starts several of us
        kept = result.history[result.best_epoch]
        figures = ", ".join(f"{name} {value:.3f}" for name, value in kept.items() if name != "epoch")
        print(f"Kept epoch {result.best_epoch + 1} of {len(result.history)}: {figures}")
        print(f"Next: mmbook sentiment evaluate {out}")


@sentiment.command()
def evaluate(
    run: Annotated[Path, typer.Argument(help="A folder that `mmbook sentiment train` made.")],
    features: Annotated[
        Path | None, typer.Option(help="Features to score; by default those the run was trained from.")
    ] = None,
    split: Annotated[str, typer.Option(help="The split to score: train, valid or test.")] = "test",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Score a trained model on a split it did not learn from.

    Beside chance and, where it is known, the best possible; per modality, per condition, with a confusion matrix.

    \b
    Examples:
      mmbook sentiment evaluate run
      mmbook sentiment evaluate run --split valid --json
      mmbook sentiment evaluate run --features features_of_other_people
    """
    from mmbook.sentiment.evaluate import evaluate as evaluate_run
    from mmbook.sentiment.evaluate import format_report

    report = evaluate_run(run, split=split, features=features)
    if as_json:
        _print_json(report)
    else:
        print(format_report(report))


@sentiment.command()
def predict(
    run: Annotated[Path, typer.Argument(help="A folder that `mmbook sentiment train` made.")],
    image: Annotated[Path | None, typer.Option(help="A picture: JPEG, PNG, ...")] = None,
    audio: Annotated[Path | None, typer.Option(help="A recording: WAV, MP3, FLAC, OGG.")] = None,
    text: Annotated[str | None, typer.Option(help="A sentence, or the path of a .txt file.")] = None,
    video: Annotated[Path | None, typer.Option(help="A video: its frames, and its sound if it has any.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Answer for one clip, from any of its modalities.

    Label, probability, and how much each modality weighed (its exact Shapley value).

    \b
    Examples:
      mmbook sentiment predict run --image me.jpg --audio me.wav --text "What a lovely day"
      mmbook sentiment predict run --video clip.mp4
      mmbook sentiment predict run --text review.txt --json
    """
    from mmbook.sentiment.predict import Predictor, format_prediction

    if all(given is None for given in (image, audio, text, video)):
        raise UserError("nothing to predict from: give at least one of --image, --audio, --text, --video")
    prediction = Predictor.load(run).predict(image=image, audio=audio, text=text, video=video)
    if as_json:
        _print_json(prediction.to_dict())
    else:
        print(format_prediction(prediction))
