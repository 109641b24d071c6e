import pytest
import torch

from mmbook.errors import UserError
from mmbook.fusion import FEATURE_FUSIONS, make_fusion
from tests.gradients import assert_every_parameter_receives_a_gradient

DIMS = {"image": 6, "audio": 5, "text": 4}


def features(rows=7, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(rows, dim, generator=generator) for name, dim in DIMS.items()}


def masks(rows=7):
    return {name: torch.arange(rows) % 3 != n for n, name in enumerate(DIMS)}


@pytest.fixture(params=FEATURE_FUSIONS)
def fusion(request):
    torch.manual_seed(0)
    return make_fusion(request.param, DIMS, 8)


def test_every_parameter_receives_a_gradient(fusion):
    assert_every_parameter_receives_a_gradient(fusion, fusion(features(), masks()))


def test_every_subset_of_the_modalities_gives_vectors_of_the_size_asked_for(fusion):
    for kept in (["image"], ["audio", "text"], list(DIMS)):
        assert fusion({name: features()[name] for name in kept}).shape == (7, 8)


def test_a_modality_left_out_equals_one_that_is_masked(fusion):
    everything = features()
    masked = fusion(everything, {"audio": torch.zeros(7, dtype=torch.bool)})
    left_out = fusion({name: x for name, x in everything.items() if name != "audio"})
    torch.testing.assert_close(masked, left_out)


def test_a_masked_feature_has_no_influence_be_it_not_a_number(fusion):
    other = {name: torch.where(masks()[name][:, None], x, torch.nan) for name, x in features().items()}
    torch.testing.assert_close(fusion(other, masks()), fusion(features(), masks()))


def test_a_row_does_not_depend_on_its_company(fusion):
    everything, whole = {k: v[2:3] for k, v in features().items()}, fusion(features(), masks())
    alone = fusion(everything, {k: v[2:3] for k, v in masks().items()})
    torch.testing.assert_close(alone[0], whole[2])


def test_the_order_of_the_dict_does_not_matter(fusion):
    backwards = dict(reversed(features().items()))
    torch.testing.assert_close(fusion(backwards), fusion(features()))


def test_the_auxiliary_loss_is_a_finite_number(fusion):
    fusion(features(), masks())
    assert torch.as_tensor(fusion.aux_loss()).isfinite()


def test_a_name_that_is_not_listed_says_which_are():
    with pytest.raises(UserError, match=r"'tensor' does not exist: choose one of concat"):
        make_fusion("tensor", DIMS, 8)
