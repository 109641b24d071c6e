"""One trunk for several tasks: masked labels, the split among known speakers, fixed features."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from mmbook.seeding import rng
from mmbook.sentiment.features import load_features
from mmbook.sentiment.multitask import (
    NO_LABEL,
    MultiTaskModel,
    accuracies,
    fit_tasks,
    fixed_features,
    hide_labels,
    known_speaker_split,
    masked_loss,
    standardise,
)
from tests.sentiment._runs import make_features

CLASSES = {"sign": 2, "size": 3}


def made_up(rows=90):
    """Columns from which both tasks can be read, and their labels."""
    x = rng(0, "x").normal(size=(rows, 6)).astype(np.float32)
    return x, {"sign": (x[:, 0] > 0).astype(int), "size": np.digitize(x[:, 1], [-0.5, 0.5])}


def logits_and_labels():
    draw = torch.Generator().manual_seed(0)
    logits = {task: torch.randn(8, count, generator=draw) for task, count in CLASSES.items()}
    labels = {task: torch.randint(count, (8,), generator=draw) for task, count in CLASSES.items()}
    return logits, labels


def test_with_every_label_the_loss_is_the_sum_of_the_mean_cross_entropies():
    logits, labels = logits_and_labels()
    expected = sum(cross_entropy(logits[task], labels[task]) for task in CLASSES)
    torch.testing.assert_close(masked_loss(logits, labels), expected)


def test_a_row_without_a_label_changes_nothing_and_a_task_without_labels_costs_nothing():
    logits, labels = logits_and_labels()
    labels["size"][3] = NO_LABEL
    before = masked_loss(logits, labels)
    logits["size"][3] += 5.0
    torch.testing.assert_close(masked_loss(logits, labels), before)
    labels["size"][:] = NO_LABEL
    torch.testing.assert_close(masked_loss(logits, labels), cross_entropy(logits["sign"], labels["sign"]))


def test_every_parameter_receives_a_gradient_and_an_unlabelled_head_none():
    x, labels = made_up()
    targets = {task: torch.from_numpy(column) for task, column in labels.items()}
    model = MultiTaskModel(6, CLASSES)
    masked_loss(model(torch.from_numpy(x)), targets).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())
    model.zero_grad()
    targets["size"] = torch.full_like(targets["size"], NO_LABEL)
    masked_loss(model(torch.from_numpy(x)), targets).backward()
    assert not any(p.grad.any() for p in model.heads["size"].parameters())
    assert all(p.grad.any() for p in model.trunk.parameters())


def test_fitting_learns_both_tasks_repeats_to_the_bit_and_leaves_the_global_random_state_alone():
    x, labels = made_up()
    state = torch.get_rng_state()
    model, again = (fit_tasks(x, labels, CLASSES, seed=1, steps=150) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
    assert min(accuracies(model, x, labels).values()) > 0.85


def test_a_model_of_one_task_ignores_the_labels_of_others():
    x, labels = made_up()
    alone = fit_tasks(x, labels, {"sign": 2}, steps=5)
    changed = fit_tasks(x, labels | {"size": 2 - labels["size"]}, {"sign": 2}, steps=5)
    assert all(torch.equal(a, b) for a, b in zip(alone.parameters(), changed.parameters(), strict=True))


def test_accuracy_counts_labelled_rows_alone():
    x, labels = made_up()
    model = fit_tasks(x, labels, CLASSES, steps=5)
    right = model(torch.from_numpy(x))["sign"].argmax(1).numpy()
    wrong = np.where(np.arange(len(x)) < 30, NO_LABEL, right)
    assert accuracies(model, x, labels | {"sign": wrong})["sign"] == 1.0


def test_hidden_labels_are_as_many_as_asked_and_fewer_are_a_part_of_more():
    labels = np.arange(50)
    few, more = hide_labels(labels, 5), hide_labels(labels, 20)
    assert (few != NO_LABEL).sum() == 5
    assert (more != NO_LABEL).sum() == 20
    kept = few != NO_LABEL
    assert np.array_equal(few[kept], labels[kept]) and np.array_equal(more[kept], labels[kept])
    assert np.array_equal(hide_labels(labels, 50), labels)


def test_the_split_knows_every_tested_speaker_and_uses_every_row_once():
    speakers = [f"s{n % 7}" for n in range(60)] + ["once"]
    train, test = known_speaker_split(speakers)
    names = np.array(speakers)
    assert sorted([*train, *test]) == list(range(61))
    assert set(names[train]) == set(speakers) and set(names[test]) == set(speakers) - {"once"}
    assert 0.25 < len(test) / len(speakers) < 0.35


def test_standardised_columns_have_mean_zero_and_spread_one_over_training_rows():
    x = rng(0, "columns").normal(3, 5, size=(40, 4)).astype(np.float32)
    x[:, 2] = 7.0
    train = np.arange(30)
    z = standardise(x, train)
    np.testing.assert_allclose(z[train].mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(z[train].std(0), [1, 1, 0, 1], atol=1e-5)
    x[35] += 100  # no row outside training moves the statistics
    np.testing.assert_array_equal(standardise(x, train)[train], z[train])


def test_fixed_features_do_not_depend_on_labels_or_other_rows(tmp_path):
    data = load_features(make_features(tmp_path, count=20))
    found = fixed_features(data, size=4)
    assert {name: len(rows) for name, rows in found.items()} == dict.fromkeys(("image", "audio", "text"), 20)
    assert found["image"].shape[1] == 3 * 4 * 4
    assert found["audio"].shape[1] == 2 * data.settings.n_mels
    first = data.audio[0, : data.audio_length[0]].astype(np.float32)
    np.testing.assert_allclose(found["audio"][0, : data.settings.n_mels], first.mean(0), atol=1e-6)
    assert found["text"][0].sum() == len(set(data.text[0, : data.text_length[0]].tolist()))
    assert all(np.isfinite(rows).all() for rows in found.values())


@pytest.mark.parametrize("modality", ["audio", "text"])
def test_fixed_features_of_an_absent_modality_are_zeros(tmp_path, modality):
    data = load_features(make_features(tmp_path, count=20))
    present = data.present(modality)
    row = int(np.flatnonzero(present)[0])
    values, length = getattr(data, modality).copy(), getattr(data, f"{modality}_length").copy()
    values[row], length[row], present[row] = 0, 0, False
    changed = fixed_features(replace(data, **{modality: values, f"{modality}_length": length}))
    assert np.array_equal(changed[modality].any(1), present)
