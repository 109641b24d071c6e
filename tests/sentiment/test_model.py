import json

import pytest
import torch

from mmbook.fusion import FEATURE_FUSIONS
from mmbook.sentiment.model import ModelConfig, SentimentModel, answer, answer_of, present
from tests.gradients import assert_every_parameter_receives_a_gradient

ROWS, FRAMES, SIZE, TIME, MELS, WORDS = 6, 3, 16, 20, 8, 7
CONFIG = ModelConfig(
    ("image", "audio", "text"),
    vocabulary_size=11,
    image_size=SIZE,
    n_mels=MELS,
    audio_mean=(0.0,) * MELS,
    audio_std=(1.0,) * MELS,
)


def make_model(**changes):
    torch.manual_seed(0)
    return SentimentModel(ModelConfig.from_dict(CONFIG.to_dict() | changes))


def make_batch(seed=0, absent=True):
    """Rows of which the first lacks its pictures, the second its sound, the third its words."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.arange(ROWS)
    batch = {
        "image": torch.randint(0, 256, (ROWS, FRAMES, 3, SIZE, SIZE), generator=generator, dtype=torch.uint8),
        "image_mask": (torch.arange(FRAMES) < 1 + rows[:, None] % FRAMES),
        "audio": torch.randn(ROWS, TIME, MELS, generator=generator),
        "audio_length": 5 + 3 * rows,
        "text": torch.randint(2, 11, (ROWS, WORDS), generator=generator),
        "text_length": 2 + rows % 6,
    }
    if absent:
        for row, name in enumerate(("image_mask", "audio_length", "text_length")):
            batch[name][row] = 0
    return batch


def keep(batch, names):
    return {key: value for key, value in batch.items() if key.split("_")[0] in names}


@pytest.mark.parametrize("fusion", FEATURE_FUSIONS)
def test_every_parameter_receives_a_gradient(fusion):
    model = make_model(fusion=fusion)
    assert_every_parameter_receives_a_gradient(model, model(make_batch()))


def test_two_classes_have_one_output_more_have_one_each_numbers_have_one():
    assert make_model()(make_batch()).shape == (ROWS, 1)
    assert make_model(classes=10)(make_batch()).shape == (ROWS, 10)
    assert make_model(classes=0, task="numbers")(make_batch()).shape == (ROWS, 1)


def test_what_is_masked_has_no_influence():
    model, batch = make_model(), make_batch()
    other = make_batch(seed=1)
    frames = batch["image_mask"][:, :, None, None, None]
    scribbled = batch | {
        "image": torch.where(frames, batch["image"], other["image"]),
        "audio": torch.where(torch.arange(TIME)[:, None] < batch["audio_length"][:, None, None], batch["audio"], 9.0),
        "text": torch.where(torch.arange(WORDS) < batch["text_length"][:, None], batch["text"], other["text"]),
    }
    assert not torch.equal(scribbled["image"], batch["image"])
    torch.testing.assert_close(model(scribbled), model(batch), rtol=0, atol=0)


@pytest.mark.parametrize("names", [("image",), ("audio",), ("text",), ("image", "text"), ("image", "audio", "text")])
def test_any_subset_left_out_equals_the_same_subset_masked(names):
    model, batch = make_model(), make_batch(absent=False)
    masked = dict(batch)
    for name, where in (("image", "image_mask"), ("audio", "audio_length"), ("text", "text_length")):
        if name not in names:
            masked[where] = torch.zeros_like(batch[where])
    torch.testing.assert_close(model(keep(batch, names)), model(masked))
    subset = {name: torch.full((ROWS,), name in names) for name in CONFIG.modalities}
    torch.testing.assert_close(model(batch, [subset])[0], model(masked))


def test_a_row_does_not_depend_on_its_company():
    model, batch = make_model(), make_batch()
    together = model(batch)
    for n in range(ROWS):
        alone = model({name: value[n : n + 1] for name, value in batch.items()})
        torch.testing.assert_close(alone[0], together[n], rtol=1e-4, atol=1e-5)


def test_the_order_of_rows_only_orders_the_answers():
    model, batch, order = make_model(), make_batch(), torch.tensor([3, 0, 5, 1, 4, 2])
    torch.testing.assert_close(
        model({name: value[order] for name, value in batch.items()}), model(batch)[order], rtol=1e-4, atol=1e-5
    )


def test_nothing_is_random_and_no_module_keeps_statistics_of_a_batch():
    model, batch = make_model(), make_batch()
    torch.testing.assert_close(model.train()(batch), model.eval()(batch), rtol=0, atol=0)
    kinds = (torch.nn.modules.batchnorm._BatchNorm, torch.nn.modules.dropout._DropoutNd)
    assert not any(isinstance(module, kinds) for module in model.modules())


def test_present_says_which_rows_have_what():
    has = present(make_batch())
    assert {name: rows.tolist().index(False) for name, rows in has.items()} == {"image": 0, "audio": 1, "text": 2}
    assert set(present(keep(make_batch(), ["text"]))) == {"text"}


def test_answers_are_probabilities():
    for classes in (2, 5):
        probabilities = answer(make_model(classes=classes), make_batch())
        assert probabilities.shape == (ROWS, classes) and (probabilities > 0).all()
        torch.testing.assert_close(probabilities.sum(1), torch.ones(ROWS))


def test_the_sigmoid_is_the_second_class():
    torch.testing.assert_close(
        answer_of(torch.tensor([[2.0]]), CONFIG), torch.tensor([[0.1192, 0.8808]]), atol=1e-4, rtol=0
    )


def test_numbers_come_back_in_the_units_of_the_label():
    config = ModelConfig(("text",), task="numbers", label_mean=10.0, label_std=2.0)
    assert answer_of(torch.tensor([[0.0], [1.5]]), config).tolist() == [10.0, 13.0]


def test_features_computed_before_are_read_instead_of_pixels():
    model = make_model(image_encoder="vgg16", image_mean=(0.5,) * 12, image_std=(2.0,) * 12)
    batch = make_batch() | {"image": torch.randn(ROWS, FRAMES, 12).half()}
    assert model(batch).shape == (ROWS, 1)
    assert_every_parameter_receives_a_gradient(model, model(batch))


def test_the_configuration_survives_json():
    assert ModelConfig.from_dict(json.loads(json.dumps(CONFIG.to_dict()))) == CONFIG
