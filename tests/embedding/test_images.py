import pytest
import torch

from mmbook.embedding.images import ImageEncoder, ProjectionEncoder, local_contrast, mean_over_frames
from tests.gradients import assert_every_parameter_receives_a_gradient


def pictures(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", [16, 32, 64, 96])
def test_a_picture_of_any_usual_size_becomes_one_vector(size):
    assert ImageEncoder(dim=24)(pictures(2, 3, size, size)).shape == (2, 24)


def test_a_picture_alone_has_the_vector_it_has_in_a_batch():
    encoder, images = ImageEncoder(), pictures(4, 3, 64, 64)
    torch.testing.assert_close(encoder(images)[2:3], encoder(images[2:3]), rtol=1e-4, atol=1e-5)


def test_training_and_evaluation_modes_agree():
    encoder, images = ImageEncoder(), pictures(4, 3, 64, 64)
    torch.testing.assert_close(encoder.train()(images), encoder.eval()(images), rtol=0, atol=0)


def test_a_masked_frame_has_no_influence():
    encoder, frames = ImageEncoder(), pictures(3, 4, 3, 32, 32)
    mask = torch.tensor([[True, True, False, False], [True, False, True, True], [False] * 4])
    other = torch.where(mask[:, :, None, None, None], frames, 100.0)
    torch.testing.assert_close(mean_over_frames(encoder, other, mask), mean_over_frames(encoder, frames, mask))


def test_frames_are_averaged_and_a_row_without_any_is_zero():
    encoder, frames = ProjectionEncoder(6, 5), pictures(3, 2, 6)
    mask = torch.tensor([[True, True], [False, True], [False, False]])
    expected = torch.stack([encoder(frames[0]).mean(0), encoder(frames[1, 1:])[0], torch.zeros(5)])
    torch.testing.assert_close(mean_over_frames(encoder, frames, mask), expected)


def test_a_batch_without_pictures_is_all_zero_and_still_differentiable():
    encoder = ImageEncoder()
    vectors = mean_over_frames(encoder, pictures(2, 1, 3, 32, 32), torch.zeros(2, 1, dtype=torch.bool))
    vectors.sum().backward()
    assert not vectors.any() and all(p.grad is not None for p in encoder.parameters())


def test_every_parameter_receives_a_gradient():
    for encoder, images in [(ImageEncoder(), pictures(4, 3, 64, 64)), (ProjectionEncoder(6, 5), pictures(4, 6))]:
        assert_every_parameter_receives_a_gradient(encoder, encoder(images))


def test_local_contrast_does_not_see_light_and_keeps_lines():
    image = pictures(2, 3, 32, 32)
    image[:, :, 16] += 5
    lit = 3 * image + torch.linspace(-2, 2, 32)  # stronger contrast, light from the right
    torch.testing.assert_close(local_contrast(lit)[..., 6:-6], local_contrast(image)[..., 6:-6], rtol=0.05, atol=0.05)
    assert (local_contrast(image)[:, :, 16] > 1).float().mean() > 0.9
    assert local_contrast(torch.full((1, 3, 32, 32), 7.0)).abs().max() < 1e-4
