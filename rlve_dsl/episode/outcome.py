"""How an episode ends and what it was worth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from rlve_dsl.reward import TermValue

Termination = Literal["answered", "turns_spent", "gave_up", "malformed_action", "illegal_call", "forbidden", "cut_off"]


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """How one request of a chain ended."""

    environment: str
    answered: bool
    task: float
    correct: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of an episode: `reward` within the reward file's range, `task` in [-1, 1] and `correct` before shaping.

    A request that is never answered has been served as badly as can be: its `task` is -1. `parts` are those of a chain.
    """

    termination: Termination
    reward: float
    task: float
    correct: bool
    terms: tuple[TermValue, ...]
    reason: str = ""
    parts: tuple[PartOutcome, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """JSON-ready values."""
        out: dict[str, Any] = {
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
