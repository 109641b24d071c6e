"""Answers to the exercises of section 5.2.1."""

import torch

from mmbook.exercises import function, number, register

register(
    "5.2.1.1",
    number(256),
    "A dense layer has one weight for each input and each unit.",
    "Text and sound bring one input each.",
    wrong=(2, 128, 25_090 * 128),
)

register(
    "5.2.1.2",
    function(((0, 32, 128), 62_208), ((100, 8, 4), 968), ((7, 1, 1), 19)),
    "Count the embedding's rows, then one gate, then all gates.",
    "A gate has a matrix from the word, one from the state, and two vectors of biases.",
    wrong=(
        lambda vocabulary, embedding, hidden: vocabulary * embedding + 4 * hidden * (embedding + hidden + 2),
        lambda vocabulary, embedding, hidden: vocabulary * embedding + 3 * hidden * (embedding + hidden + 1),
        lambda vocabulary, embedding, hidden: 3 * hidden * (embedding + hidden + 2),
    ),
)


def fuses_by_mean(answer: object) -> bool:
    """Whether `answer(features, mask)` is the mean over what each row has, zeros where it has nothing."""
    features = {"image": torch.tensor([[2.0, 4.0]] * 4), "text": torch.tensor([[4.0, 0.0]] * 4)}
    features["text"][1] = torch.inf
    mask = {"image": torch.tensor([True, True, False, False]), "text": torch.tensor([True, False, True, False])}
    expected = torch.tensor([[3.0, 2.0], [2.0, 4.0], [4.0, 0.0], [0.0, 0.0]])
    return torch.equal(answer(features, mask), expected)


register(
    "5.2.1.3",
    fuses_by_mean,
    "Divide the sum of what is there by how many are there, row by row.",
    "A number times False is not 0 if the number is infinite; and 0 / 0 is no number.",
    wrong=(
        lambda features, mask: sum(features.values()) / len(features),
        lambda features, mask: sum(x * mask[m][:, None] for m, x in features.items()) / len(features),
        lambda features, mask: (
            sum(x.masked_fill(~mask[m][:, None], 0) for m, x in features.items())
            / sum(mask[m].float() for m in features)[:, None]
        ),
    ),
)
