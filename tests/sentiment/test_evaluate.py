import json
import shutil

import numpy as np
import pytest

from mmbook.errors import UserError
from mmbook.seeding import rng
from mmbook.sentiment.evaluate import answers, evaluate, format_report, open_features
from mmbook.sentiment.features import FeatureSettings, load_features
from mmbook.sentiment.predict import Predictor
from tests.sentiment._runs import files_of, make_features, make_run, manifest_rows, with_columns

MODALITIES = ("image", "audio", "text")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of two classes whose data have conditions and known ceilings."""
    folder = tmp_path_factory.mktemp("classes")
    make_run(folder)
    draw = rng(0, "oracle")
    columns = {f"oracle_{name}": [f"{p:.6f}" for p in draw.uniform(size=60)] for name in (*MODALITIES, "all")}
    with_columns(folder, columns | {"condition": [("agree", "sarcasm", "")[n % 3] for n in range(60)]})
    return folder


@pytest.fixture(scope="module")
def report(folder):
    return evaluate(folder / "run")


def test_one_answer_by_files_and_one_by_features_are_the_same(folder):
    predictor = Predictor.load(folder / "run")
    data = load_features(folder / "features")
    rows = data.rows("test")
    [by_features] = answers(predictor.model, data, rows, [MODALITIES])
    by_id = {row["id"]: row for row in manifest_rows(folder)}
    for row, expected in zip(rows, by_features, strict=True):
        prediction = predictor.predict(**files_of(folder, by_id[data.ids[row]]))
        assert list(prediction.probabilities.values()) == pytest.approx(expected.tolist(), abs=1e-5)


def test_accuracy_is_the_diagonal_of_the_confusion_matrix(report):
    matrix = np.array(report["confusion_matrix"])
    assert report["labels"] == ["negative", "positive"]
    assert matrix.sum() == report["count"] == 12
    assert report["accuracy"] == pytest.approx(np.trace(matrix) / matrix.sum())


def test_a_modality_alone_is_scored_as_if_it_were_the_only_one_given(folder, report):
    for name in MODALITIES:
        alone, single = evaluate(folder / "run", modalities=[name]), report["per_modality"][name]
        assert single == {key: alone[key] for key in single}


def test_a_modality_alone_is_scored_on_the_rows_that_have_it(folder, report):
    test = [row for row in manifest_rows(folder) if row["split"] == "test"]
    counts = {name: sum(bool(row[name]) for row in test) for name in MODALITIES}
    assert {name: row["count"] for name, row in report["per_modality"].items()} == counts
    assert min(counts.values()) < len(test)


def test_conditions_divide_the_rows_that_have_one(folder, report):
    test = [row for row in manifest_rows(folder) if row["split"] == "test"]
    assert {name: row["count"] for name, row in report["per_condition"].items()} == {
        name: sum(row["condition"] == name for row in test) for name in ("agree", "sarcasm")
    }


def test_conditions_that_cover_all_rows_average_to_the_whole(tmp_path, folder):
    shutil.copytree(folder, tmp_path / "copy")
    with_columns(tmp_path / "copy", {"condition": [("a", "b")[n % 2] for n in range(60)]})
    report = evaluate(folder / "run", features=tmp_path / "copy" / "features")
    parts = report["per_condition"].values()
    assert sum(part["count"] for part in parts) == report["count"]
    assert sum(part["accuracy"] * part["count"] for part in parts) == pytest.approx(
        report["accuracy"] * report["count"]
    )


def test_ceilings_are_of_the_rows_that_are_scored(folder, report):
    test = [row for row in manifest_rows(folder) if row["split"] == "test"]
    for name in (*MODALITIES, "all"):
        hits = [(float(row[f"oracle_{name}"]) > 0.5) == (row["label"] == "positive") for row in test]
        assert report["ceilings"][name] == pytest.approx(np.mean(hits))
    assert report["ceiling"] == report["ceilings"]["all"]
    pair = evaluate(folder / "run", modalities=["image", "text"])
    assert pair["ceiling"] is None
    assert pair["per_modality"]["image"]["ceiling"] is not None


def test_an_oracle_column_that_is_no_probability_is_no_ceiling(tmp_path, folder):
    shutil.copytree(folder, tmp_path / "copy")
    with_columns(tmp_path / "copy", {"oracle_all": ["delphi"] * 60})
    assert evaluate(folder / "run", features=tmp_path / "copy" / "features")["ceiling"] is None


def test_chance_is_the_training_majority(folder, report):
    data = load_features(folder / "features")
    train, test = (data.labels[data.rows(split)] for split in ("train", "test"))
    assert report["chance"] == np.mean(test == np.bincount(train).argmax())


def test_the_report_is_the_same_each_time_is_json_and_its_interval_holds_the_accuracy(folder, report):
    assert evaluate(folder / "run") == report
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    low, high = report["interval"]
    assert low <= report["accuracy"] <= high


def test_every_modality_of_a_row_that_is_not_given_has_no_influence(folder):
    predictor, data = Predictor.load(folder / "run"), load_features(folder / "features")
    rows = data.rows("valid")
    [before] = answers(predictor.model, data, rows, [("text",)])
    data.image[:] = 255 - data.image
    data.audio[:] = 0
    [after] = answers(predictor.model, data, rows, [("text",)], batch_size=2)
    np.testing.assert_allclose(before, after, atol=1e-6)


def test_other_peoples_features_are_read_with_the_words_and_labels_of_the_run(tmp_path, folder):
    others = tmp_path / "others"
    features = make_features(others, seed=7, classes=("positive", "negative"), count=40)
    predictor, data = Predictor.load(folder / "run"), load_features(features)
    assert data.vocabulary != predictor.vocabulary
    report = evaluate(folder / "run", features=features)
    test = [row for row in manifest_rows(others) if row["split"] == "test"]
    hits = [predictor.predict(**files_of(others, row)).label == row["label"] for row in test]
    assert report["accuracy"] == np.mean(hits)


def test_data_with_some_of_the_runs_classes_can_be_scored(tmp_path):
    run = make_run(tmp_path / "three", classes=("a", "b", "c"), epochs=2)
    features = make_features(tmp_path / "two", classes=("c", "a"), count=40)
    report = evaluate(run, features=features)
    matrix = np.array(report["confusion_matrix"])
    assert report["labels"] == ["a", "b", "c"]
    assert matrix.sum(axis=1).tolist() == [4, 0, 4]


def test_numbers_are_scored_by_error_and_correlation(tmp_path):
    run = make_run(tmp_path, numbers=True, epochs=10)
    report = evaluate(run)
    predictor, data = Predictor.load(run), load_features(tmp_path / "features")
    rows = data.rows("test")
    [found] = answers(predictor.model, data, rows, [MODALITIES])
    error = found - data.labels[rows]
    assert report["mae"] == pytest.approx(np.abs(error).mean())
    assert report["mse"] == pytest.approx((error**2).mean())
    assert report["pearson"] == pytest.approx(np.corrcoef(found, data.labels[rows])[0, 1])
    assert report["chance"] == pytest.approx(
        np.abs(data.labels[rows] - np.median(data.labels[data.rows("train")])).mean()
    )
    assert "accuracy" not in report
    assert "mae" in format_report(report)
    json.dumps(report, allow_nan=False)


def test_rows_without_the_modality_are_counted_apart(folder):
    report = evaluate(folder / "run", modalities=["text"])
    assert report["count"] < report["rows"] == 12
    assert f"({12 - report['count']} more have none of text)" in format_report(report)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "nosuch"}, "split 'nosuch' has no row"),
        ({"modalities": ["smell"]}, "modality smell cannot be scored"),
        ({"modalities": []}, "cannot be scored"),
        ({"features": "nowhere"}, "nowhere: "),
    ],
)
def test_what_cannot_be_scored_is_one_line(folder, options, message):
    with pytest.raises(UserError, match=message):
        evaluate(folder / "run", **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"settings": FeatureSettings(image_size=24, n_mels=16)}, "image_size 24"),
        ({"numbers": True}, "its labels are numbers"),
        ({"classes": ("negative", "neutral")}, "label 'neutral' is not one of the run's: negative, positive"),
    ],
)
def test_features_that_do_not_fit_the_run_say_why(tmp_path, folder, options, message):
    features = make_features(tmp_path, **options)
    with pytest.raises(UserError, match=message):
        open_features(Predictor.load(folder / "run"), features)


def test_features_that_are_gone_ask_for_others(tmp_path):
    run = make_run(tmp_path, epochs=1)
    shutil.rmtree(tmp_path / "features")
    with pytest.raises(UserError, match="name the folder with --features"):
        evaluate(run)


def test_the_table_is_aligned_also_with_wide_characters(report):
    text = format_report({**report, "labels": ["消极", "positive"]})
    matrix = text.splitlines()[-3:]
    assert [line.rstrip()[-1] for line in matrix[1:]] == [str(row[1]) for row in report["confusion_matrix"]]
    assert len(matrix[2]) == len(matrix[1]) + len("消极")
    for heading in ("chance", "best possible", "95 % interval", "condition", "sarcasm", "image + audio + text"):
        assert heading in text


def test_the_table_has_no_column_for_ceilings_that_nobody_knows(tmp_path, folder):
    features = make_features(tmp_path, seed=3)
    assert "best possible" not in format_report(evaluate(folder / "run", features=features))
