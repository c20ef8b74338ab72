"""An environment so small that a model of nine thousand numbers, made in two seconds, learns from every batch."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import collection

_GUESS = """kind: Environment
name: guess
title: A number between one and three
brief: Answer with the number that the shopper has in mind.
tools: [calc]
world: [{let: number, sample_int: {from: 1, to: 3}}]
goal: {number: number}
user:
  opening: Which number is it?
  facts: [{fact: number, value: number, says: "It is {value}.", ask: Which number is it?}]
answer: {number: {type: int, says: the number}}
measures: {right: score(answer.number == goal.number)}
reward: {task: 2 * right - 1}
correct_when: right == 1
budget: {turns: 6}
solution: [{finish: {number: said.number.value}}]
"""
_TRAIN = {
    "profile": "cpu",
    "resample": 1,
    "tiny": {"layers": 1, "width": 32, "heads": 2, "feed_forward": 32},
    "warm_start": {"demonstrations": 100, "passes": 12, "batch": 16},
}


def guessing(folder: Path, **train: object) -> Path:
    """Write a collection of this environment.

    Args:
        folder: Where it is written.
        train: Settings of its training.
    """
    (folder / "guess.yaml").write_text(_GUESS, encoding="utf-8")
    return collection(
        folder,
        "guessing",
        "guess.yaml",
        held_out="0%",
        curves={"typing_noise": "0"},
        curriculum={"promote_at": 0.3, "trials": 8, "window": 4, "start": 0},  # so that the window moves
        train={**_TRAIN, **train},
    )
