import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mmbook.sentiment.model import ModelConfig, SentimentModel
from mmbook.sentiment.summary import layer_flops, summarize

CONFIG = ModelConfig(("image", "audio", "text"), vocabulary_size=11, image_size=32, n_mels=16)
BATCH = {
    "image": torch.zeros(2, 1, 3, 32, 32, dtype=torch.uint8),
    "image_mask": torch.ones(2, 1, dtype=torch.bool),
    "audio": torch.zeros(2, 20, 16),
    "audio_length": torch.tensor([20, 9]),
    "text": torch.ones(2, 6, dtype=torch.int64),
    "text_length": torch.tensor([6, 2]),
}


def test_the_parameters_add_up_to_the_models():
    model = SentimentModel(CONFIG)
    assert sum(line.parameters for line in summarize(model, BATCH)) == sum(p.numel() for p in model.parameters())


def test_flops_are_those_that_pytorch_counts():
    config = ModelConfig(("image", "audio"), image_size=32, n_mels=16)
    model, batch = SentimentModel(config), {k: v for k, v in BATCH.items() if "text" not in k}
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(batch)
    assert sum(line.flops for line in summarize(model, batch)) == counter.get_total_flops()


def test_an_lstm_costs_what_its_two_matrices_cost():
    lstm = nn.LSTM(5, 7, batch_first=True)
    states, _ = lstm(torch.zeros(3, 4, 5))
    assert layer_flops(lstm, states) == 3 * 4 * 2 * (lstm.weight_ih_l0.numel() + lstm.weight_hh_l0.numel())


def test_layers_stand_in_the_order_of_their_calls_and_unowned_parameters_last():
    lines = summarize(SentimentModel(CONFIG), BATCH)
    names = [line.name for line in lines]
    assert names.index("encoders.text.lstm") < names.index("fusion.linear") < names.index("head.0")
    assert lines[-1].name == "fusion.absent" and lines[-1].flops == 0
    assert next(line for line in lines if line.name == "head.0").output == (2, 64)


def test_a_layer_called_twice_is_counted_twice_and_owned_once():
    layer = nn.Linear(3, 3)
    first, second = summarize(nn.Sequential(layer, layer), torch.zeros(1, 3))
    assert (first.parameters, second.parameters) == (12, 0) and first.flops == second.flops == 18


def test_no_hook_stays_behind_after_an_error():
    model = nn.Sequential(nn.Linear(3, 3))
    with pytest.raises(RuntimeError):
        summarize(model, torch.zeros(1, 5))
    assert not model[0]._forward_hooks
