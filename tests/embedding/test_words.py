import torch

from mmbook.embedding.words import TextEncoder
from tests.gradients import assert_every_parameter_receives_a_gradient


def sentences(count=5, time=9, seed=0):
    generator = torch.Generator().manual_seed(seed)
    length = torch.randint(1, time + 1, (count,), generator=generator)
    tokens = torch.randint(2, 30, (count, time), generator=generator)
    return tokens * (torch.arange(time) < length[:, None]), length


def test_what_stands_after_the_length_has_no_influence():
    encoder, (tokens, length) = TextEncoder(30), sentences()
    scribbled = torch.where(torch.arange(9) < length[:, None], tokens, 7)
    torch.testing.assert_close(encoder(scribbled, length), encoder(tokens, length), rtol=0, atol=0)


def test_a_sentence_alone_has_the_vector_it_has_in_a_batch():
    encoder, (tokens, length) = TextEncoder(30), sentences()
    together = encoder(tokens, length)
    for n in range(len(tokens)):
        alone = encoder(tokens[n : n + 1, : length[n]], length[n : n + 1])
        torch.testing.assert_close(alone[0], together[n])


def test_the_order_of_the_words_matters():
    encoder = TextEncoder(30)
    length = torch.tensor([3])
    assert not torch.allclose(encoder(torch.tensor([[4, 5, 6]]), length), encoder(torch.tensor([[6, 5, 4]]), length))


def test_an_empty_sentence_has_a_finite_vector():
    assert TextEncoder(30)(torch.zeros(2, 4, dtype=torch.int32), torch.zeros(2, dtype=torch.int32)).isfinite().all()


def test_it_is_an_lstm_of_128_units():
    encoder, (tokens, length) = TextEncoder(30), sentences()
    assert encoder(tokens, length).shape == (5, 128) == (5, encoder.dim)


def test_every_parameter_receives_a_gradient():
    encoder = TextEncoder(30)
    assert_every_parameter_receives_a_gradient(encoder, encoder(*sentences()))
