"""Making calls again that a disturbance has left unfinished: those that failed for the moment, or whose results were cut short."""

from __future__ import annotations

from dataclasses import replace

from rlve_dsl.episode import Action, Call, Result, Turn, joined


class Repeats:
    """Follows the turns of an agent, and gives the turns in between that make unfinished calls again.

    Attributes:
        results: What the calls of the last turn of the agent itself returned, each put together from all its parts.
    """

    def __init__(self) -> None:
        self.results: list[Result] = []
        self._calls: tuple[Call, ...] = ()
        self._places: list[int] = []  # of the calls that were made again in the last turn

    def after(self, turn: Turn) -> Action | None:
        """The turn that makes the unfinished calls again after this one; None when all have come through."""
        if not isinstance(turn.action, Action):
            return None
        if self._places:
            for place, result in zip(self._places, turn.results, strict=False):
                self.results[place] = joined(self.results[place], result)
        else:
            self.results, self._calls = list(turn.results), turn.action.calls
        self._places = [place for place, result in enumerate(self.results) if result.is_unfinished]
        if not self._places:
            return None
        answered = turn.action if turn.withheld else Action()
        return replace(answered, message="", calls=tuple(self._calls[place] for place in self._places))
