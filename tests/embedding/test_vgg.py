import numpy as np
import pytest
import torch

from mmbook.embedding import vgg
from mmbook.errors import UserError


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)


def test_a_picture_has_the_same_features_alone_and_beside_others(pictures):
    both = vgg.vgg_features(pictures, "random")
    assert both.shape == (2, 512)
    assert both.std() > 0.01
    np.testing.assert_array_equal(both[1:], vgg.vgg_features(pictures[1:], "random"))


def test_random_weights_are_frozen_and_leave_torch_s_own_draws_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    model = vgg.load_vgg("random")
    assert torch.equal(before, torch.get_rng_state())
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_absent_imagenet_weights_give_random_ones_or_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert vgg.resolve_weights("auto") == "random"
    assert vgg.resolve_weights("random", download=True) == "random"
    with pytest.raises(UserError, match="no ImageNet weights"):
        vgg.resolve_weights("imagenet")
    with pytest.raises(UserError, match="no ImageNet weights"):
        vgg.load_vgg("imagenet")


def test_failed_download_gives_random_weights_or_one_line(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError("no network")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    assert vgg.resolve_weights("auto", download=True) == "random"
    with pytest.raises(UserError, match="no network"):
        vgg.resolve_weights("imagenet", download=True)


def test_damaged_weights_file_gets_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    vgg.weights_file().parent.mkdir(parents=True)
    vgg.weights_file().write_bytes(b"half of it")
    with pytest.raises(UserError, match="damaged"):
        vgg.resolve_weights("auto")
