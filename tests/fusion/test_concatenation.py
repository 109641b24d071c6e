import torch

from mmbook.fusion.concatenation import ConcatFusion


def test_with_everything_present_it_is_one_linear_map_of_the_features_side_by_side():
    fusion = ConcatFusion({"audio": 3, "text": 2}, 5)
    audio, text = torch.randn(4, 3), torch.randn(4, 2)
    expected = torch.cat([audio, text], 1) @ fusion.linear.weight.T + fusion.linear.bias
    torch.testing.assert_close(fusion({"audio": audio, "text": text}), expected)


def test_an_absent_modality_is_its_learned_vector():
    fusion = ConcatFusion({"audio": 3, "text": 2}, 5)
    torch.nn.init.normal_(fusion.absent["text"])
    audio = torch.randn(4, 3)
    expected = fusion({"audio": audio, "text": fusion.absent["text"].expand(4, -1)})
    torch.testing.assert_close(fusion({"audio": audio}), expected)
