import torch

from mmbook.embedding.sounds import AudioEncoder, valid
from tests.gradients import assert_every_parameter_receives_a_gradient


def clips(count=5, time=40, bands=12, seed=0):
    generator = torch.Generator().manual_seed(seed)
    length = torch.randint(1, time + 1, (count,), generator=generator)
    return torch.randn(count, time, bands, generator=generator), length


def test_valid_marks_the_frames_of_each_clip():
    assert valid(torch.tensor([0, 2, 3]), 3).tolist() == [[False] * 3, [True, True, False], [True] * 3]


def test_what_stands_after_the_length_has_no_influence():
    encoder, (mel, length) = AudioEncoder(12), clips()
    other = torch.where(valid(length, 40)[:, :, None], mel, 50.0)
    torch.testing.assert_close(encoder(other, length), encoder(mel, length), rtol=0, atol=0)


def test_a_clip_alone_without_padding_has_the_vector_it_has_in_a_batch():
    encoder, (mel, length) = AudioEncoder(12), clips()
    together = encoder(mel, length)
    for n in range(len(mel)):
        alone = encoder(mel[n : n + 1, : length[n]], length[n : n + 1])
        torch.testing.assert_close(alone[0], together[n], rtol=1e-4, atol=1e-5)


def test_louder_is_heard():
    encoder, (mel, length) = AudioEncoder(12), clips()
    assert not torch.allclose(encoder(mel + 1, length), encoder(mel, length))


def test_an_absent_sound_has_a_finite_vector():
    assert AudioEncoder(12)(torch.zeros(2, 8, 12), torch.zeros(2, dtype=torch.int32)).isfinite().all()


def test_every_parameter_receives_a_gradient():
    encoder = AudioEncoder(12)
    assert_every_parameter_receives_a_gradient(encoder, encoder(*clips()))
