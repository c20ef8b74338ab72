"""What each process trains on in an optimizer step."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from rlve_dsl.train.updates import parts_of


def test_every_token_of_an_optimizer_step_weighs_the_same() -> None:
    passes = [
        {"input_ids": torch.tensor([[1, 2], [3, 4]]), "global_n_tokens": torch.tensor([90.0, 90.0])},
        {"input_ids": torch.tensor([[5, 6], [7, 8]]), "global_n_tokens": torch.tensor([10.0, 10.0])},
    ]
    first, second = parts_of(passes, 2)
    assert [one["input_ids"].tolist() for one in first] == [[[1, 2]], [[5, 6]]]
    assert [one["input_ids"].tolist() for one in second] == [[[3, 4]], [[7, 8]]]
    # TRL: 2 processes / tokens of a pass / 2 passes is the weight of a token, before the mean over the processes
    assert all(2 / float(one["global_n_tokens"][0]) / 2 / 2 == 1 / 100 for one in [*first, *second])
