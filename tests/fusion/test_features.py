import pytest
import torch

from mmbook.fusion.features import check_features

DIMS = {"image": 6, "audio": 5, "text": 4}
FEATURES = {name: torch.zeros(7, dim) for name, dim in DIMS.items()}


def test_check_features_names_the_feature_of_the_wrong_size():
    with pytest.raises(ValueError, match=r"'audio' has shape \(7, 4\), but its last size should be 5"):
        check_features(FEATURES | {"audio": torch.zeros(7, 4)}, DIMS)
    with pytest.raises(ValueError, match="'smell' is not one of image, audio, text"):
        check_features({"smell": torch.zeros(7, 4)}, DIMS)
    with pytest.raises(ValueError, match=r"same number of rows.*'text': 3"):
        check_features(FEATURES | {"text": torch.zeros(3, 4)}, DIMS)
    with pytest.raises(ValueError, match="at least one"):
        check_features({}, DIMS)
    assert check_features(FEATURES, DIMS) == 7
