"""What TRL's trainer makes of our batches, against slow arithmetic and by what it does to the weights."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.agents import Batch, EpisodeKey, Group, Rollout
from rlve_dsl.errors import RlveError
from rlve_dsl.files import Settings, Stop, Tiny, WarmStart
from rlve_dsl.train import ALONE, trainer_options
from rlve_dsl.train.dapo import make_trainer
from rlve_dsl.train.figures import Alarm, level_figures, levels_without_signal
from rlve_dsl.train.lessons import outcomes_of
from rlve_dsl.train.model import build_tiny
from rlve_dsl.train.tiny_tokenizer import build_tokenizer
from tests.agents.test_groups import outcome

pytest.importorskip("trl")

SETTINGS = Settings(
    model="tiny",
    steps=2,
    groups=2,
    rollouts=2,
    learning_rate=0.0,
    schedule="constant",
    tiny=Tiny(layers=1, width=16, heads=2, feed_forward=16),
    warm_start=WarmStart(demonstrations=1),
    trainer={"use_cpu": True, "bf16": False, "gradient_checkpointing": False},
)
SIGNAL, NONE = (1.0, -1.0), (1.0, 1.0)


def rollout(seed: int, task: float, written: int) -> Rollout:
    tokens = [3 + (seed + i) % 5 for i in range(written)]
    made = Rollout(EpisodeKey("cart", 0, seed), [4, 5], tokens, [1] * written, [-0.5] * written)
    made.read([6, 6])
    made.outcome = outcome(task)
    return made


def batch(*tasks: tuple[float, float]) -> Batch:
    groups = [
        Group([rollout(2 * number, task, 3 + number + place) for place, task in enumerate(of_group)])
        for number, of_group in enumerate(tasks)
    ]
    return Batch(groups, groups)


class Hand:
    """A watcher that gives batches made by hand, and keeps the weights and the figures after each."""

    def __init__(self, *batches: Batch) -> None:
        self._left = list(batches)
        self.model: Any = None
        self.weights: list[list[float]] = []
        self.logs: list[Mapping[str, float]] = []

    def batch(self) -> Batch:
        return self._left.pop(0)

    def logged(self, logs: Mapping[str, float]) -> None:
        self.logs.append(dict(logs))
        self.weights.append([float(parameter.detach().double().sum()) for parameter in self.model.parameters()])

    def saved(self, folder: Path) -> None:
        raise AssertionError("these runs keep no checkpoints")


def trained(folder: Path, hand: Hand, **changes: Any) -> Hand:
    import dataclasses

    from rlve_dsl.files import Keep

    settings = dataclasses.replace(SETTINGS, keep=Keep(every=0), **changes)
    tokenizer = build_tokenizer(["one two three four five six seven eight"])
    hand.model = build_tiny(settings, tokenizer)
    make_trainer(hand.model, tokenizer, settings, folder, hand, ALONE).train()
    return hand


def test_the_loss_is_averaged_over_all_tokens_that_the_model_wrote(tmp_path: Path) -> None:
    given = batch(SIGNAL, SIGNAL)
    hand = trained(tmp_path, Hand(given), steps=1)
    # at a ratio of 1 (DAPO eq. 8): the mean over tokens of minus the advantage, which is the normalised reward of the group
    total, tokens = 0.0, 0
    for group in given.groups:
        rewards = [made.outcome.reward for made in group.rollouts if made.outcome is not None]
        mean, spread = statistics.mean(rewards), statistics.stdev(rewards)
        for made, reward in zip(group.rollouts, rewards, strict=True):
            for learnt in made.mask:
                total -= learnt * (reward - mean) / (spread + 1e-4)
                tokens += learnt
    assert hand.logs[0]["loss"] == pytest.approx(total / tokens, abs=1e-4) and abs(total) > 0.1


def by_hand(groups: list[Group], punished: Mapping[int, float]) -> float:
    """The loss at a ratio of 1: rollouts without an outcome count neither in the mean of their group nor in that of tokens."""
    total, tokens = 0.0, 0
    for group in groups:
        counted = [made for made in group.rollouts if made.outcome is not None]
        rewards = [
            made.outcome.reward - punished.get(made.written, 0.0) for made in counted if made.outcome is not None
        ]
        mean, spread = statistics.mean(rewards), statistics.stdev(rewards)
        for made, reward in zip(counted, rewards, strict=True):
            total -= made.written * (reward - mean) / (spread + 1e-4)
            tokens += made.written
    return total / tokens


def test_a_rollout_that_was_cut_is_learnt_from_by_nobody(tmp_path: Path) -> None:
    given = [
        Group([rollout(2 * n, task, 3 + 2 * n + place) for place, task in enumerate((1.0, -1.0, -1.0))])
        for n in range(2)
    ]
    cut = given[1].rollouts[2]
    cut.outcome, cut.overlong = None, True
    hand = trained(tmp_path, Hand(Batch(given, given)), steps=1, rollouts=3)
    assert hand.logs[0]["loss"] == pytest.approx(by_hand(given, {}), abs=1e-4)
    cut.outcome = outcome(-1.0)
    assert abs(by_hand(given, {}) - hand.logs[0]["loss"]) > 0.005, "it would have counted"


def test_the_last_tokens_of_a_budget_cost_linearly(tmp_path: Path) -> None:
    given = [
        Group([rollout(2 * n, task, 4 + 2 * place) for place, task in enumerate((1.0, 1.0, -1.0))]) for n in range(2)
    ]
    hand = trained(
        tmp_path, Hand(Batch(given, given)), steps=1, rollouts=3, turn_tokens=4, episode_tokens=9, soft_tokens=4
    )
    # 9 tokens are allowed, and those after the fifth cost a quarter each: of rollouts of 4, 6 and 8 tokens
    assert hand.logs[0]["loss"] == pytest.approx(by_hand(given, {6: 0.25, 8: 0.75}), abs=1e-4)
    assert abs(by_hand(given, {}) - hand.logs[0]["loss"]) > 0.005


def test_a_batch_with_half_of_its_groups_has_half_of_the_loss(tmp_path: Path) -> None:
    half = batch(SIGNAL, NONE)
    learnt = [made for made in half.groups[0].rollouts]
    advantage = 1 / (statistics.stdev(SIGNAL) + 1e-4)
    of_tokens = -advantage * (learnt[0].written - learnt[1].written) / sum(made.written for made in learnt)
    hand = trained(tmp_path, Hand(half), steps=1)
    assert hand.logs[0]["loss"] == pytest.approx(of_tokens / 2, abs=1e-4) and abs(of_tokens) > 0.05


def test_a_batch_without_a_learnt_token_moves_nothing(tmp_path: Path) -> None:
    hand = trained(
        tmp_path, Hand(batch(SIGNAL, SIGNAL), batch(NONE, NONE), batch(SIGNAL, NONE)), steps=3, learning_rate=0.01
    )
    first, second, third = hand.weights
    assert first == second, "Adam's momentum would move them"
    assert second != third


def test_the_learning_rate_falls_linearly_to_nothing_or_stays(tmp_path: Path) -> None:
    batches = [batch(SIGNAL, SIGNAL) for _ in range(3)]
    falling = trained(tmp_path / "a", Hand(*batches), steps=3, learning_rate=0.6, schedule="linear").logs
    assert [round(logs["learning_rate"], 6) for logs in falling] == [0.5, 0.3, 0.1]
    staying = trained(tmp_path / "b", Hand(*batches), steps=3, learning_rate=0.6).logs
    assert [logs["learning_rate"] for logs in staying] == [0.6] * 3


def test_importance_is_corrected_for_each_token_by_itself() -> None:
    import dataclasses

    from trl.trainer.grpo_config import GRPOConfig

    options = trainer_options(dataclasses.replace(SETTINGS, trainer={"use_vllm": True}))
    assert options["vllm_importance_sampling_mode"] == "token_truncate"
    assert options.keys() <= {field.name for field in dataclasses.fields(GRPOConfig)}


FINE = {"loss": 0.1, "grad_norm": 0.5, "entropy": 0.5, "learnt_from": 3, "overlong_share": 0.1}


def test_a_loss_that_is_no_number_stops_the_run() -> None:
    Alarm(Stop()).check(FINE)
    for name in ("loss", "grad_norm"):
        with pytest.raises(RlveError, match=f"`{name}` is nan"):
            Alarm(Stop()).check({**FINE, name: float("nan")})


@pytest.mark.parametrize(
    ("bad", "said"),
    [({"entropy": 0.001}, "below 0.01"), ({"overlong_share": 0.9}, "90% of the rollouts were cut by a token limit")],
)
def test_enough_batches_in_a_row_stop_the_run(bad: dict[str, float], said: str) -> None:
    alarm = Alarm(Stop(entropy_below=0.01, overlong_above=0.5, batches=3))
    for figures in (bad, bad, {}, bad, bad):
        alarm.check({**FINE, **figures})
    with pytest.raises(RlveError, match=said):
        alarm.check({**FINE, **bad})


def test_a_batch_without_learnt_tokens_says_nothing_of_the_entropy() -> None:
    alarm = Alarm(Stop(entropy_below=0.01, batches=1))
    alarm.check({**FINE, "entropy": 0.0, "learnt_from": 0})


def test_levels_that_teach_nothing_are_named() -> None:
    def group(level: int, tasks: list[float]) -> Group:
        made = [rollout(2, task, 3) for task in tasks]
        for one in made:
            one.key = EpisodeKey("cart", level, 2)
        return Group(made)

    groups = [group(0, [1.0] * 16), group(1, [1.0] * 8 + [-1.0] * 8), group(2, [-1.0] * 16), group(3, [-1.0] * 15)]
    groups[0].rollouts.append(Rollout(EpisodeKey("cart", 0, 2), failure="broken"))
    rates = level_figures(map(outcomes_of, groups))
    assert rates == {"cart": {"0": 1.0, "1": 0.5, "2": 0.0}}, "too few outcomes say nothing"
    assert levels_without_signal(rates) == "saturated: cart 0; starved: cart 2"
    assert levels_without_signal({"cart": {"1": 0.5}}) == ""


def test_ratios_are_those_of_all_passes_and_processes_since_the_last_time() -> None:
    import torch

    from rlve_dsl.train.dapo import Ratios, ratio_figures

    cpu = torch.device("cpu")
    first, second, third = Ratios(), Ratios(), Ratios()
    for ratios in ([0.5, 1.0], [], [4.0]):
        first.add(torch.tensor(ratios))
    second.add(torch.tensor([0.25, 1.25]))
    rows = torch.stack([part.taken(cpu) for part in (first, second, third)])
    assert ratio_figures(rows) == {"ratio/least": 0.25, "ratio": 7 / 5, "ratio/greatest": 4.0}
    assert ratio_figures(torch.stack([first.taken(cpu)])) == {}, "nothing since then"
