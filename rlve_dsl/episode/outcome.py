"""How an episode ends and what it was worth."""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar, Literal

from rlve_dsl.compiler import Grade
from rlve_dsl.frozen import frozen
from rlve_dsl.reward import Breakdown, TermValue
from rlve_dsl.values import JsonObject

Termination = Literal["answered", "turns_spent", "gave_up", "malformed_action", "illegal_call", "forbidden", "cut_off"]


class HardFailure(Exception):
    """Something that ends the episode at once; the message says why."""

    termination: ClassVar[Termination]


class IllegalCall(HardFailure):
    """A call or an answer that does not exist in this form."""

    termination = "illegal_call"


class ForbiddenCall(HardFailure):
    """A call that a rule of the store forbids, or a restricted product in the cart or the answer."""

    termination = "forbidden"


@frozen
class PartOutcome:
    """How one request of a chain ended.

    Attributes:
        environment: The environment that it is from.
        reached: Whether the user raised it.
        answered: Whether it was answered.
        task: What the answer was worth, in [-1, 1]; -1 without one.
        correct: Whether the answer passes.
        lost: How much more reward the episode would have earned, had this request alone been right, with a task of 1, and all
            else as it was. None after a hard failure, whose reward no request decides, and where the formulas give no value.
        reason: Why the answer was worth that.
    """

    environment: str
    reached: bool
    answered: bool
    task: float
    correct: bool
    lost: float | None
    reason: str


@frozen
class Outcome:
    """The end of an episode.

    Attributes:
        termination: What ended it.
        reward: The reward, within the range of the reward file.
        task: What the answer was worth before shaping, in [-1, 1]; -1 for a request without an answer.
        correct: Whether the episode passes.
        done: Whether the task was done; `correct` may want more, such as how it was done.
        terms: The terms that the reward is the sum of; none after a hard failure.
        reason: Why.
        parts: How each request of a chain ended.
    """

    termination: Termination
    reward: float
    task: float
    correct: bool
    terms: tuple[TermValue, ...]
    reason: str = ""
    parts: tuple[PartOutcome, ...] = ()
    done: bool = False

    def as_json(self) -> JsonObject:
        """The outcome as JSON data."""
        out: JsonObject = {
            "termination": self.termination,
            "reward": self.reward,
            "task": self.task,
            "correct": self.correct,
            "terms": [
                {"name": t.name, "weight": t.weight, "value": round(t.value, 9), "reason": t.reason} for t in self.terms
            ],
            "reason": self.reason,
        }
        if self.parts:
            out["parts"] = [asdict(part) for part in self.parts]
        return out


def concluded(
    termination: Termination, breakdown: Breakdown, grade: Grade, parts: tuple[PartOutcome, ...] = ()
) -> Outcome:
    """The outcome of an episode with this reward, and the grade of its task."""
    return Outcome(
        termination=termination,
        reward=breakdown.reward,
        task=round(grade.task, 9),
        correct=breakdown.correct,
        terms=breakdown.terms,
        reason=breakdown.reason or grade.reason,
        parts=parts,
        done=grade.correct,
    )
