import numpy as np
import pytest
import torch

from mmbook.sentiment.batches import (
    batch_from_features,
    drop_words,
    one_frame,
    random_subset,
    training_batch,
    vary_audio,
    vary_image,
)
from mmbook.sentiment.features import load_features
from tests.sentiment._runs import make_features


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    return load_features(make_features(tmp_path_factory.mktemp("clips"), count=20))


def uniform(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_rows_as_they_are_of_the_modalities_asked_for(features):
    batch = batch_from_features(features, np.array([3, 1]), ("audio",))
    assert set(batch) == {"audio", "audio_length", "label"}
    np.testing.assert_array_equal(batch["audio"].numpy(), features.audio[[3, 1]].astype(np.float32))
    assert set(batch_from_features(features, np.array([0]))) >= {"image", "image_mask", "audio", "text", "text_length"}


def test_a_sample_varies_by_epoch_and_seed_and_not_by_its_company(features):
    def row_of(rows, place, seed=0, epoch=5):
        batch = training_batch(features, np.array(rows), features.modalities, seed, epoch)
        return {name: value[place] for name, value in batch.items()}

    alone, among = row_of([4], 0), row_of([9, 4, 2], 1)
    for name in alone:
        torch.testing.assert_close(alone[name], among[name], rtol=1e-6, atol=1e-6)
    for other in (row_of([4], 0, seed=1), row_of([4], 0, epoch=6)):
        assert not torch.equal(other["subset_draws"], alone["subset_draws"])
    for name in ("label", "image_mask"):
        assert torch.equal(alone[name].any(), row_of([4], 0, epoch=6)[name].any())


def test_one_frame_is_always_an_available_one():
    image = torch.arange(4 * 3).view(4, 3, 1).float()
    mask = torch.tensor([[True, False, True], [False, True, False], [False] * 3, [True] * 3])
    seen = [set() for _ in mask]
    for seed in range(40):
        one = one_frame(image, mask, uniform(4, seed=seed))
        assert one["image_mask"][:, 0].tolist() == [True, True, False, True]
        for row, value in enumerate(one["image"].flatten().long().tolist()):
            seen[row].add(value % 3)
    assert seen[0] == {0, 2} and seen[1] == {1} and seen[3] == {0, 1, 2}


def test_pictures_move_by_whole_pixels_and_are_never_mirrored():
    image = torch.zeros(30, 3, 40, 40, dtype=torch.uint8)
    image[:, :, 20, 20], image[:, :, 20, 21] = 200, 100
    varied = vary_image(image, torch.cat([uniform(30, 2), torch.full((30, 4), 0.5)], 1))  # the light as it was
    peak = varied[:, 0].flatten(1).argmax(1)
    assert {p.item() // 40 - 20 for p in peak} == {p.item() % 40 - 20 for p in peak} == {-2, -1, 0, 1, 2}
    for row, place in enumerate(peak):
        assert varied[row, 0].flatten()[place + 1] == 100


def test_pictures_stay_in_the_range_of_pixels():
    image = torch.randint(0, 256, (8, 3, 32, 32), dtype=torch.uint8)
    varied = vary_image(image, uniform(8, 6))
    assert varied.min() >= 0 and varied.max() <= 255 and not torch.equal(varied, image.float())


def test_a_sound_in_the_middle_of_its_range_of_changes_is_unchanged():
    mel, length = uniform(3, 30, 12), torch.tensor([30, 12, 0])
    still = torch.tensor([0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]).expand(3, -1)
    varied, varied_length = vary_audio(mel, length, still)
    assert torch.equal(varied_length, length)
    inside = torch.arange(30) < length[:, None]
    torch.testing.assert_close(varied, mel * inside[:, :, None], rtol=1e-4, atol=1e-4)


def test_a_sound_stays_a_sound_and_silence_after_it_stays_zero():
    mel, length = uniform(50, 30, 12), torch.arange(50) % 31
    varied, varied_length = vary_audio(mel, length, uniform(50, 7))
    assert ((varied_length > 0) == (length > 0)).all() and varied_length.max() <= 30
    assert (varied_length - length).abs().max() <= 3 and varied.isfinite().all()
    assert not varied[torch.arange(30) >= varied_length[:, None]].any()


def test_about_three_words_in_ten_are_dropped_and_padding_never():
    tokens = torch.tensor([[5] * 50 + [0] * 50]).expand(40, -1)
    dropped = drop_words(tokens, uniform(40, 100))
    assert 0.25 < (dropped[:, :50] == 1).float().mean() < 0.35 and not dropped[:, 50:].any()


def test_a_random_subset_is_never_empty_and_holds_nothing_that_is_absent():
    draws = uniform(300, 3)
    available = {name: uniform(300, seed=n + 1) < 0.6 for n, name in enumerate(("image", "audio", "text"))}
    subset = random_subset(available, draws)
    has, kept = (torch.stack(list(masks.values()), 1) for masks in (available, subset))
    assert not (kept & ~has).any()
    assert torch.equal(kept.any(1), has.any(1))
    assert {tuple(row) for row in kept[has.all(1)].tolist()} == {
        tuple(bool(n >> bit & 1) for bit in range(3)) for n in range(1, 8)
    }
