"""Keeping a store's rules of conduct, whatever agent plays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rlve_dsl.agents.play import Agent
from rlve_dsl.agents.proposing import bare_proposal, proposal_in_words
from rlve_dsl.agents.repeating import Repeats
from rlve_dsl.agents.steps import step_before
from rlve_dsl.episode import Action, Call, Episode, Malformed, Observation, Turn
from rlve_dsl.policy import CONFIRMATION
from rlve_dsl.rng import Stream


class ByTheRules:
    """Does what another agent does. Before a call it does what a rule of conduct wants first, as long as enough turns are left.

    Where the user has to agree, it names the action alone ("Shall I return it?"): so a user agrees who minds what the call is
    about. Where the user does not agree, it asks once more, and names that. Then it makes the call, whatever the user has said.
    """

    def __init__(self, episode: Episode, agent: Agent) -> None:
        self._keeper = _Keeper(episode, agent)
        self._turns = self._keeper.turns()

    def act(self, observation: Observation) -> Action | Malformed:
        """Return the next turn."""
        self._keeper.observation = observation
        return next(self._turns)


class _Keeper:
    """The turns of such an agent. It does not hold the generator that holds it, so that both are gone when nobody uses them."""

    def __init__(self, episode: Episode, agent: Agent) -> None:
        self.observation = episode.observation
        self._episode = episode
        self._agent = agent
        self._repeats = Repeats()

    def turns(self) -> Iterator[Action | Malformed]:
        while True:
            action = self._agent.act(self.observation)
            done = False
            while isinstance(action, Action) and not done and (place := self._first_under_a_rule(action)) is not None:
                yield from self._prepare(action.calls[place])
                yield Action(action.message, action.calls[: place + 1])
                yield from self._unfinished()
                action = replace(action, message="", calls=action.calls[place + 1 :])
                done = not action.calls and not action.answers
            if not done:
                yield action

    def _first_under_a_rule(self, action: Action) -> int | None:
        """The place of the first call before which a rule wants something; None also where too few turns are left.

        What comes after it waits for the next turn: a yes allows one call.
        """
        for place, call in enumerate(action.calls):
            if self._episode.owed(call):
                waits = place + 1 < len(action.calls) or bool(action.answers)
                return place if self._episode.turns_left > 1 + waits else None
        return None

    def _prepare(self, call: Call) -> Iterator[Action]:
        """The turns that do what the rules want before a call."""
        owed, tool = self._episode.owed(call), self._episode.tool(call.name)
        made = (name for name in owed if self._episode.tool(name) is not None)
        steps = [step_before(call, name, self._episode, may_fail=True).call for name in made]
        if tool is None or CONFIRMATION not in owed:
            yield Action("", self._as_many_as_fit(steps))
            yield from self._unfinished()
            return
        yield Action(bare_proposal(tool), self._as_many_as_fit(steps))
        reply = self.observation.after.reply if isinstance(self.observation.after, Turn) else None
        yield from self._unfinished()
        if self._episode.turns_left > 2 and not (reply is not None and reply.confirms):
            stream = Stream("proposal", self._episode.seed, len(self._episode.turns))
            yield Action(proposal_in_words(tool, self._episode.named_in(call), stream))

    def _as_many_as_fit(self, steps: Sequence[Call]) -> tuple[Call, ...]:
        return tuple(steps[: self._episode.tool_budget])

    def _unfinished(self) -> Iterator[Action]:
        """The turns that make the calls of the last turn again, where a disturbance has left them unfinished."""
        while isinstance(turn := self.observation.after, Turn) and (again := self._repeats.after(turn)) is not None:
            yield again
