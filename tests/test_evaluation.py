import warnings

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn import metrics

from mmbook import evaluation
from mmbook.seeding import rng

METRICS = [
    evaluation.accuracy,
    evaluation.confusion_matrix,
    evaluation.precision_recall_f1,
    evaluation.mean_absolute_error,
    evaluation.mean_squared_error,
    evaluation.pearson,
    evaluation.ceiling,
]


def label_cases():
    draw = rng(0, "labels")
    for classes in (2, 3, 10):
        yield draw.integers(classes, size=50), draw.integers(classes, size=50)
    yield np.array([0]), np.array([0])
    yield np.array([1]), np.array([0])
    yield np.zeros(5, dtype=np.int64), np.ones(5, dtype=np.int64)
    yield np.ones(5, dtype=np.int64), np.ones(5, dtype=np.int64)
    yield np.array([0, 0, 3, 3]), np.array([0, 3, 3, 0])  # classes 1 and 2 never occur
    yield np.array([0, 1, 2]), np.array([0, 0, 0])  # classes that are never predicted


def number_cases():
    draw = rng(0, "numbers")
    for size in (2, 3, 100):
        yield draw.normal(size=size), draw.normal(size=size)
    yield np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 4.0])
    yield np.array([1.0, 2.0, 4.0]), -np.array([1.0, 2.0, 4.0])
    yield np.array([1e-8, 2e-8, 3e-8]), np.array([1.0, 2.0, 3.5])
    yield np.array([1e9, 1e9 + 1, 1e9 + 2]), np.array([0.0, 2.0, 1.0])


@pytest.mark.parametrize(("truth", "predicted"), list(label_cases()))
def test_class_metrics_agree_with_scikit_learn(truth, predicted):
    classes = int(max(truth.max(), predicted.max())) + 1
    assert evaluation.accuracy(truth, predicted) == pytest.approx(metrics.accuracy_score(truth, predicted))
    expected = metrics.confusion_matrix(truth, predicted, labels=range(classes))
    np.testing.assert_array_equal(evaluation.confusion_matrix(truth, predicted), expected)
    macro = metrics.precision_recall_fscore_support(truth, predicted, average="macro", zero_division=0)[:3]
    assert evaluation.precision_recall_f1(truth, predicted) == pytest.approx(macro)
    per_class = metrics.precision_recall_fscore_support(
        truth, predicted, labels=range(classes), average=None, zero_division=0
    )[:3]
    for ours, theirs in zip(evaluation.precision_recall_f1(truth, predicted, average=None), per_class, strict=True):
        np.testing.assert_allclose(ours, theirs)


@pytest.mark.parametrize(("truth", "predicted"), list(number_cases()))
def test_number_metrics_agree_with_scikit_learn_and_scipy(truth, predicted):
    assert evaluation.mean_absolute_error(truth, predicted) == pytest.approx(
        metrics.mean_absolute_error(truth, predicted)
    )
    assert evaluation.mean_squared_error(truth, predicted) == pytest.approx(
        metrics.mean_squared_error(truth, predicted)
    )
    assert evaluation.pearson(truth, predicted) == pytest.approx(pearsonr(truth, predicted).statistic, abs=1e-9)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e300])
def test_pearson_of_something_that_never_varies_is_zero_without_a_warning(constant):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert evaluation.pearson(np.full(7, constant), np.arange(7.0)) == 0
        assert evaluation.pearson(np.arange(7.0), np.full(7, constant)) == 0
        assert evaluation.pearson([1.0], [2.0]) == 0


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_pearson_is_unchanged_by_scale(scale):
    x, y = rng(1).normal(size=20), rng(2).normal(size=20)
    assert evaluation.pearson(x * scale, y) == pytest.approx(evaluation.pearson(x, y))


@pytest.mark.parametrize("metric", METRICS)
def test_a_column_beside_a_vector_is_refused_with_both_shapes(metric):
    vector = np.array([0, 1, 1, 0])
    with pytest.raises(ValueError, match=r"\(4,\).*\(4, 1\)"):
        metric(vector, vector[:, None])
    with pytest.raises(ValueError, match=r"\(4, 1\).*\(4,\)"):
        metric(vector[:, None], vector)
    with pytest.raises(ValueError, match=r"\(4, 1\).*\(4, 1\)"):
        metric(vector[:, None], vector[:, None])


def test_the_textbooks_broadcast_comparison_is_another_number():
    truth, predicted = np.array([0, 1, 1, 1]), np.array([0, 1, 1, 1])
    assert evaluation.accuracy(truth, predicted) == 1
    assert np.mean(predicted[:, None] == truth) == 0.625


@pytest.mark.parametrize("metric", METRICS)
def test_lengths_that_differ_and_nothing_to_score_are_refused(metric):
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        metric(np.array([0, 1, 1]), np.array([0, 1]))
    with pytest.raises(ValueError, match="nothing to score"):
        metric(np.array([]), np.array([]))


def test_labels_outside_the_classes_are_refused():
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        evaluation.confusion_matrix([0, 2], [0, 1], classes=2)
    with pytest.raises(ValueError, match="integers from 0"):
        evaluation.confusion_matrix([0, -1], [0, 1])
    with pytest.raises(ValueError, match="integers from 0"):
        evaluation.confusion_matrix([0.5, 1.0], [0.5, 1.0])
    with pytest.raises(ValueError, match="average"):
        evaluation.precision_recall_f1([0], [0], average="weighted")


def test_confusion_matrix_rows_are_the_truth_and_empty_classes_keep_their_place():
    np.testing.assert_array_equal(
        evaluation.confusion_matrix([0, 0, 1], [1, 1, 1], classes=3), [[0, 2, 0], [0, 1, 0], [0, 0, 0]]
    )


@pytest.mark.parametrize("metric", METRICS)
def test_the_order_of_the_samples_does_not_matter(metric):
    draw = rng(4)
    truth, predicted, order = draw.integers(2, size=30), draw.integers(2, size=30), draw.permutation(30)
    np.testing.assert_allclose(metric(truth, predicted), metric(truth[order], predicted[order]))


def test_chance_is_the_training_majority_scored_on_the_test_labels():
    assert evaluation.chance_accuracy([0, 0, 1], [1, 1, 1, 0]) == 0.25
    assert evaluation.majority_class([2, 1, 1, 2]) == 1
    assert evaluation.chance_error([1.0, 2.0, 9.0], [2.0, 4.0]) == 1.0


def test_a_ceiling_counts_right_decisions_and_half_of_each_tie():
    assert evaluation.ceiling([0.9, 0.2, 0.5, 0.8], [1, 0, 1, 0]) == pytest.approx((1 + 1 + 0.5 + 0) / 4)
    assert evaluation.ceiling([0.5 + 1e-12], [0]) == 0.5


def test_no_other_decision_beats_the_ceiling_on_average():
    draw = rng(5)
    probability = draw.uniform(size=20_000)
    positive = draw.uniform(size=20_000) < probability
    best = evaluation.ceiling(probability, positive)
    assert best == pytest.approx(0.75, abs=0.02)
    assert best > evaluation.accuracy(positive, probability > 0.7) + 0.01


def test_a_bootstrap_interval_is_seeded_and_holds_the_estimate():
    draw = rng(6)
    truth, predicted = draw.integers(2, size=200), draw.integers(2, size=200)
    low, high = evaluation.bootstrap_interval(evaluation.accuracy, truth, predicted, seed=3)
    assert (low, high) == evaluation.bootstrap_interval(evaluation.accuracy, truth, predicted, seed=3)
    assert (low, high) != evaluation.bootstrap_interval(evaluation.accuracy, truth, predicted, seed=4)
    assert low <= evaluation.accuracy(truth, predicted) <= high


def test_a_bootstrap_interval_has_the_width_of_the_normal_one():
    correct = rng(7).uniform(size=400) < 0.8
    low, high = evaluation.bootstrap_interval(np.mean, correct, resamples=4000)
    rate = correct.mean()
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(rate * (1 - rate) / 400), rel=0.1)


def test_a_bootstrap_keeps_rows_together_and_refuses_columns_that_do_not_match():
    column = np.arange(50.0)
    assert evaluation.bootstrap_interval(lambda a, b: float(np.abs(a - b).max()), column, column) == (0, 0)
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        evaluation.bootstrap_interval(evaluation.accuracy, np.arange(3), np.arange(2))
    with pytest.raises(ValueError, match="one length"):
        evaluation.bootstrap_interval(evaluation.accuracy)
