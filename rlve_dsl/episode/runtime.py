"""An episode: reset to an observation, then one step a turn until it ends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rlve_dsl.compiler import CompiledEnvironment, CompiledScenario, draw_world
from rlve_dsl.episode.actions import Action, Call, Malformed, wire_name
from rlve_dsl.episode.ids import ids_in
from rlve_dsl.episode.outcome import Outcome, Termination
from rlve_dsl.episode.prompt import Form, system_prompt, tool_schemas
from rlve_dsl.episode.shopper import Said, make_shopper, unprompted
from rlve_dsl.errors import UsageError
from rlve_dsl.reward import Breakdown, explain
from rlve_dsl.user import Utterance
from rlve_dsl.world import STATE, Journal, Refusal, Shop, State, Tool, WireError, decode

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Observation:
    """What the agent gets to see next: new chat messages (roles tool and user), oldest first."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a call returned: `value` typed as the tool declares, or the reason of a refusal."""

    tool: Tool
    value: Any = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One turn's consequence. `reward` is None until the episode ends."""

    observation: Observation
    reward: float | None
    terminated: bool
    truncated: bool
    info: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as the trajectory keeps it."""

    action: Action | Malformed
    results: tuple[Result, ...]
    effects: tuple[Mapping[str, Any], ...]
    reply: Utterance | None
    discounted: bool
    messages: tuple[Message, ...]


class _Illegal(Exception):
    """A call or an answer that ends the episode."""


class Episode:
    """One play of an environment at a level from a seed. Make one with `Scenario.reset`.

    `observation` holds the opening; after `step` has ended the episode, `outcome` is set and further steps raise
    UsageError. `turns` are those played so far.
    """

    def __init__(self, scenario: CompiledScenario, environment: CompiledEnvironment, level: int, seed: int) -> None:
        self.scenario = scenario
        self.environment = environment
        self.level = level
        self.seed = seed
        self.outcome: Outcome | None = None
        self.turns: list[Turn] = []
        self._drawn = draw_world(environment, scenario.catalog, level, seed)
        self._names = self._drawn.names
        self._state = State(scenario.catalog, self._drawn.provided)
        self._journal = Journal()
        axes = {name: self._names[name] for name in environment.axes}  # and no more: a tool never sees world or goal
        self._shop = Shop(self._state, self._journal, self._drawn.provided, axes, self._drawn.stream)
        self._shopper = make_shopper(self.environment, self._drawn)
        self._shown: dict[str, None] = {}
        self._calls = 0
        self.turn_budget = environment.turn_budget(self._names)
        self.tool_budget = environment.tool_budget(self._names)
        self.opening = self._shopper.open().text
        self.observation = Observation(({"role": "user", "content": self.opening},))

    # What the agent may know ----------------------------------------------------------------------------------------

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools and the answer in OpenAI function form."""
        return tool_schemas(self.environment)

    def prompt(self, form: Form = "native") -> str:
        """The system prompt for one of the two action forms."""
        axes = {name: self._names[name] for name in self.environment.axes}
        return system_prompt(self.environment, axes, (self.turn_budget, self.tool_budget), form)

    @property
    def system_prompt(self) -> str:
        """The system prompt for native tool calls."""
        return self.prompt()

    # One turn -------------------------------------------------------------------------------------------------------

    def step(self, action: Action | Malformed) -> Step:
        """Play one turn: calls in order, then events, then the answer or the user's reply."""
        if self.outcome is not None:
            raise UsageError("the episode has ended")
        before = len(self._journal)
        if isinstance(action, Malformed):
            return self._fail("malformed_action", action.reason, action, (), before)
        results: list[Result] = []
        try:
            if len(action.calls) > self.tool_budget:
                raise _Illegal(f"{len(action.calls)} calls in one turn, {self.tool_budget} allowed")
            for call in action.calls:
                results.append(self._call(call))
            answer = None if action.answer is None else self._read_answer(action.answer)
        except _Illegal as problem:
            return self._fail("illegal_call", str(problem), action, tuple(results), before)
        if restricted := self._restricted(answer):
            return self._fail("forbidden", f"{restricted} is restricted", action, tuple(results), before)
        progress = any(effect.tangible for effect in self._journal.since(before)) or any(
            result.refused is None for result in results
        )
        self._happen(len(self.turns) + 1)
        messages = [self._result_message(result) for result in results]
        if answer is not None:
            turn = self._turn(action, results, before, None, False, messages)
            return self._end("answered", turn, answer)
        reply = self._reply(action, progress)
        discounted = reply is not None and reply.discount and not results and not any(t.discounted for t in self.turns)
        if reply is not None:
            messages.append({"role": "user", "content": reply.text})
        turn = self._turn(action, results, before, reply, discounted, messages)
        if reply is not None and reply.gave_up:
            return self._end("gave_up", turn, None)
        if len(self.turns) + 1 >= self.turn_budget:
            return self._end("turns_spent", turn, None)
        self.turns.append(turn)
        self.observation = Observation(turn.messages)
        return Step(self.observation, None, False, False, {"results": tuple(results)})

    def cut_off(self, reason: str) -> Step:
        """End the episode from outside (a rollout that ran out of tokens): truncated, and graded as unfinished."""
        if self.outcome is not None:
            raise UsageError("the episode has ended")
        turn = Turn(Malformed(reason), (), (), None, False, ())
        return self._end("cut_off", turn, None, reason)

    def _call(self, call: Call) -> Result:
        tool = self.environment.tool(call.name)
        if tool is None:
            raise _Illegal(f"there is no tool `{call.name}`")
        try:
            arguments = tool.arguments(call.args)
        except WireError as problem:
            raise _Illegal(f"`{call.name}`: {problem}") from None
        self._calls += 1
        self._shop.stream = self._drawn.stream.child("call", self._calls)
        try:
            value = tool.call(self._shop, **arguments)
        except Refusal as refusal:
            return Result(tool, None, str(refusal))
        if tool.shows:
            self._shown |= dict.fromkeys(ids_in(value, tool.signature.result))
        return Result(tool, value)

    def _read_answer(self, given: Mapping[str, Any]) -> dict[str, Any]:
        wanted = self.environment.answer
        if unknown := sorted(given.keys() - wanted.keys()):
            raise _Illegal(f"the answer has no field `{unknown[0]}`")
        if missing := [name for name in wanted if name not in given]:
            raise _Illegal(f"the answer lacks `{missing[0]}`")
        try:
            return {name: decode(given[name], type_) for name, type_ in wanted.items()}
        except WireError as problem:
            raise _Illegal(f"the answer: {problem}") from None

    def _happen(self, turn: int) -> None:
        for plan in self.environment.events:
            if plan.after_turn(self._names) == turn:
                plan.event.call(self._shop, **plan.arguments.values(self._names))

    def _reply(self, action: Action, progress: bool) -> Utterance | None:
        if not action.message:
            return None
        reactions = unprompted(self.environment, self._names, self._state_names()) if self.environment.reactions else []
        return self._shopper.reply(action.message, progress=progress, unprompted=reactions)

    def _state_names(self) -> dict[str, Any]:
        return {name: getattr(self._state, name) for name in STATE}

    def _turn(
        self, action: Action, results: list[Result], before: int, reply: Utterance | None, discounted: bool,
        messages: list[Message],
    ) -> Turn:  # fmt: skip
        effects = tuple(effect.as_json() for effect in self._journal.since(before))
        return Turn(action, tuple(results), effects, reply, discounted, tuple(messages))

    def _result_message(self, result: Result) -> Message:
        content = {"refused": result.refused} if result.refused is not None else result.tool.encode(result.value)
        return {"role": "tool", "name": wire_name(result.tool.name), "content": json.dumps(content, ensure_ascii=False)}

    # The end --------------------------------------------------------------------------------------------------------

    def _restricted(self, answer: Mapping[str, Any] | None) -> str | None:
        catalog = self.scenario.catalog
        for id_ in self._output_ids(answer):
            row = catalog.row_of(id_)
            if row is not None and catalog.product(row)["restricted"]:
                return id_
        return None

    def _output_ids(self, answer: Mapping[str, Any] | None) -> list[str]:
        found: dict[str, None] = {line["product_id"]: None for line in self._state.cart}
        for name, type_ in self.environment.answer.items():
            if answer is not None:
                found |= dict.fromkeys(ids_in(answer[name], type_))
        return list(found)

    def _fail(
        self,
        termination: Termination,
        reason: str,
        action: Action | Malformed,
        results: tuple[Result, ...],
        before: int,
    ) -> Step:
        breakdown = self.environment.reward.fail(termination, reason)
        effects = tuple(effect.as_json() for effect in self._journal.since(before))
        messages = tuple(self._result_message(result) for result in results)
        turn = Turn(action, results, effects, None, False, messages)
        return self._close(termination, turn, breakdown, -1.0, False)

    def _end(self, termination: Termination, turn: Turn, answer: Mapping[str, Any] | None, reason: str = "") -> Step:
        turns = [*self.turns, turn]
        task, correct, why = self._grade(answer)
        outcome = {
            "task": task,
            "correct": correct,
            "turns": {
                "used": len(turns),
                "effective": max(1, len(turns) - sum(t.discounted for t in turns)),
                "budget": self.turn_budget,
            },
            "ids": {"output": self._output_ids(answer), "shown": list(self._shown)},
            "calls": self._calls,
        }
        breakdown = self.environment.reward.score(outcome)
        return self._close(termination, turn, breakdown, task, correct, reason or why)

    def _grade(self, answer: Mapping[str, Any] | None) -> tuple[float, bool, str]:
        if answer is None:
            return -1.0, False, "the episode ended without an answer"
        names = {**self._names, **self._state_names(), "answer": answer}
        for name, measure in self.environment.measures:
            names[name] = measure(names)
        names["task"] = task = float(self.environment.task(names))
        public = {*self.environment.axes, *(name for name, _ in self.environment.measures)}  # the goal stays hidden
        reason = explain(self.environment.task, {name: names[name] for name in public})
        return task, bool(self.environment.correct_when(names)), reason

    def _close(
        self, termination: Termination, turn: Turn, breakdown: Breakdown, task: float, correct: bool, reason: str = ""
    ) -> Step:
        self.turns.append(turn)
        self.outcome = Outcome(
            termination, breakdown.reward, round(task, 9), correct, breakdown.terms, breakdown.reason or reason
        )
        self.observation = Observation(turn.messages)
        cut = termination == "cut_off"
        return Step(
            self.observation, self.outcome.reward, not cut, cut, {"results": turn.results, "outcome": self.outcome}
        )

    # What an oracle may know ----------------------------------------------------------------------------------------

    @property
    def said(self) -> Said:
        """The facts disclosed so far, as a solution reads them."""
        return Said(self.environment.facts, self._shopper)

    def questions(self, facts: Iterable[str] | None = None) -> list[tuple[str, int | None, str]]:
        """The exemplar questions for facts that have not been disclosed: (fact, key, question). Not for agents."""
        wanted = None if facts is None else set(facts)
        return [
            (slot.fact, slot.key, slot.asks[0])
            for slot in self._shopper.open_slots
            if slot.asks and (wanted is None or slot.fact in wanted)
        ]

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("an episode is not pickled: reset it from its seed, or replay its trajectory")
