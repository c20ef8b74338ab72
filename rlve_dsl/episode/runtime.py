"""An episode: reset to an observation, then one step a turn until it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlve_dsl.compiler import CompiledScenario, Grade, PartResult, Task, draw_world
from rlve_dsl.episode.actions import PART, Action, Call, Malformed, wire_name
from rlve_dsl.episode.conduct import Monitor
from rlve_dsl.episode.conversation import Conversation
from rlve_dsl.episode.ids import ids_in
from rlve_dsl.episode.outcome import Outcome, PartOutcome, Termination
from rlve_dsl.episode.part import Part
from rlve_dsl.episode.prompt import Briefing, Form, brief, system_prompt, tool_schemas
from rlve_dsl.episode.turn import Observation, Result, Step, Turn
from rlve_dsl.errors import UsageError
from rlve_dsl.reward import Breakdown
from rlve_dsl.user import Utterance
from rlve_dsl.world import STATE, Journal, Refusal, Shop, State, Tool, WireError, decode


class _Illegal(Exception):
    """A call or an answer that ends the episode."""


class _Forbidden(Exception):
    """A call that a rule of the store forbids; it ends the episode."""


class Episode:
    """One play of an environment at a level from a seed. Make one with `Scenario.reset`.

    `observation` holds the opening; after `step` has ended the episode, `outcome` is set and further steps raise
    UsageError. `turns` are those played so far. `parts` are the user's requests: one, or those of a chain in the order in
    which they are raised.
    """

    def __init__(self, scenario: CompiledScenario, environment: Task, level: int, seed: int) -> None:
        self.scenario = scenario
        self.environment = environment
        self.level = level
        self.seed = seed
        self.outcome: Outcome | None = None
        self.turns: list[Turn] = []
        drawn = draw_world(environment, scenario.catalog, level, seed)
        self._stream = drawn.stream
        self._axes = dict(drawn.axes)
        self._conversation = Conversation(drawn, environment.announce)
        self.parts = self._conversation.parts
        self.toolset: Mapping[str, Tool] = {n: t for part in self.parts for n, t in part.environment.tools.items()}
        self._state = State(scenario.catalog, drawn.provided)
        self._journal = Journal()
        # the axes and no more: a tool never sees world or goal
        axes = {name: part.names[name] for part in self.parts for name in part.environment.axes}
        self._shop = Shop(self._state, self._journal, drawn.provided, axes, drawn.stream, environment.governance)
        self._monitor = Monitor(environment.governance)
        self._shown: dict[str, None] = {}
        self._calls = 0
        self.turn_budget = drawn.turn_budget
        self.tool_budget = environment.tool_budget(self._axes)
        self.opening = self._conversation.raise_next(0).text
        self.observation = Observation(self.opening)

    # What the agent may know ----------------------------------------------------------------------------------------

    @property
    def briefing(self) -> Briefing:
        """What the agent is told before it begins."""
        return brief(self.environment, self.parts, self._axes, self.toolset, (self.turn_budget, self.tool_budget))

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools and the answer in OpenAI function form."""
        return tool_schemas(self.briefing)

    def prompt(self, form: Form = "native") -> str:
        """The system prompt for one of the two action forms."""
        return system_prompt(self.briefing, form)

    @property
    def system_prompt(self) -> str:
        """The system prompt for native tool calls."""
        return self.prompt()

    @property
    def open_parts(self) -> tuple[Part, ...]:
        """The requests that have been raised and wait for an answer."""
        return self._conversation.open_parts

    def answer_to(self, part: Part, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The answer with these fields, saying which request it is for where there are several."""
        return {PART: part.number, **fields} if self.environment.numbered else dict(fields)

    def tool(self, name: str) -> Tool | None:
        """The tool of this name, or of this name with `_` for `.`, if the episode has it."""
        return self.toolset.get(name) or next((t for n, t in self.toolset.items() if wire_name(n) == name), None)

    @property
    def confirmation(self) -> str:
        """A question that the user answers by telling the agent to go ahead; empty where no rule asks for that."""
        return next(iter(self.parts[0].environment.confirmations), "")

    def owed(self, call: Call) -> tuple[str, ...]:
        """What the store's rules want before this call and has not been done: names of tools, or `confirmation`."""
        tool = self.tool(call.name)
        return () if tool is None else self._monitor.owed(tool, self._shop, tool.arguments(call.args))

    # One turn -------------------------------------------------------------------------------------------------------

    def step(self, action: Action | Malformed) -> Step:
        """Play one turn: calls in order, then events, then the answer, then the user's reply."""
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
            answered = None if action.answer is None else self._read_answer(action.answer)
        except _Illegal as problem:
            return self._fail("illegal_call", str(problem), action, tuple(results), before)
        except _Forbidden as problem:
            return self._fail("forbidden", str(problem), action, tuple(results), before)
        if restricted := self._restricted(answered):
            return self._fail("forbidden", f"{restricted} is restricted", action, tuple(results), before)
        progress = (
            answered is not None
            or any(effect.tangible for effect in self._journal.since(before))
            or any(result.refused is None for result in results)
        )
        self._happen()
        if answered is not None:
            part, fields = answered
            part.close(fields, self._outcome_names())
            if self._conversation.is_over:
                return self._end("answered", self._turn(action, results, before))
        reply = self._conversation.reply(action.message, self._state_names(), progress=progress)
        discounted = reply is not None and not results and self._conversation.discount(reply)
        if reply is not None and "confirm" in reply.acts:
            self._monitor.confirmed()
        if not (reply is not None and reply.gave_up) and self._conversation.next_is_due:
            raised = self._conversation.raise_next(len(self.turns) + 1)
            reply = raised if reply is None else reply.then(raised)
        turn = self._turn(action, results, before, reply, discounted)
        if reply is not None and reply.gave_up:
            return self._end("gave_up", turn)
        if len(self.turns) + 1 >= self.turn_budget:
            return self._end("turns_spent", turn)
        self.turns.append(turn)
        self.observation = Observation(turn)
        return Step(self.observation, None, False, False, {"results": tuple(results)})

    def cut_off(self, reason: str) -> Step:
        """End the episode from outside (a rollout that ran out of tokens): truncated, and graded as unfinished."""
        if self.outcome is not None:
            raise UsageError("the episode has ended")
        turn = Turn(Malformed(reason), (), (), None, False)
        return self._end("cut_off", turn, reason)

    def _call(self, call: Call) -> Result:
        tool = self.tool(call.name)
        if tool is None:
            raise _Illegal(f"there is no tool `{call.name}`")
        try:
            arguments = tool.arguments(call.args)
        except WireError as problem:
            raise _Illegal(f"`{call.name}`: {problem}") from None
        self._calls += 1
        self._shop.stream = self._stream.child("call", self._calls)
        if forbidden := self._monitor.before(tool, self._shop, arguments):
            raise _Forbidden(forbidden)
        try:
            value = tool.call(self._shop, **arguments)
        except Refusal as refusal:
            return Result(tool, None, str(refusal), {"refused": str(refusal)})
        self._monitor.called(tool, arguments)
        if tool.reveals_ids:
            self._shown |= dict.fromkeys(ids_in(value, tool.signature.result))
        return Result(tool, value, None, tool.encode(value))

    def _read_answer(self, given: Mapping[str, Any]) -> tuple[Part, dict[str, Any]]:
        part, fields = self._answered_part(given)
        wanted = part.environment.answer
        if unknown := sorted(fields.keys() - wanted.keys()):
            raise _Illegal(f"the answer has no field `{unknown[0]}`")
        if missing := [name for name in wanted if name not in fields]:
            raise _Illegal(f"the answer lacks `{missing[0]}`")
        try:
            return part, {name: decode(fields[name], type_) for name, type_ in wanted.items()}
        except WireError as problem:
            raise _Illegal(f"the answer: {problem}") from None

    def _answered_part(self, given: Mapping[str, Any]) -> tuple[Part, Mapping[str, Any]]:
        """The request that an answer is for, and its other fields."""
        if not self.environment.numbered:
            return self.parts[0], given
        number = given.get(PART)
        part = next((p for p in self.open_parts if p.number == number and not isinstance(number, bool)), None)
        if part is None:
            waiting = ", ".join(str(p.number) for p in self.open_parts)
            raise _Illegal(f"the answer's `{PART}` is the number of a request that waits for one: {waiting}")
        return part, {name: value for name, value in given.items() if name != PART}

    def _happen(self) -> None:
        """What happens by itself after this turn's results; a request counts its turns from when it was raised."""
        for part in self.open_parts:
            turn = len(self.turns) + 1 - (part.raised_after or 0)
            for plan in part.environment.events:
                if plan.after_turn(part.names) == turn:
                    plan.event.call(self._shop, **plan.arguments.values(part.names))

    def _state_names(self) -> dict[str, Any]:
        return {name: getattr(self._state, name) for name in STATE}

    def _outcome_names(self) -> dict[str, Any]:
        return {**self._state_names(), **self._monitor.names}

    def _turn(
        self,
        action: Action | Malformed,
        results: Sequence[Result],
        before: int,
        reply: Utterance | None = None,
        discounted: bool = False,
    ) -> Turn:
        effects = tuple(effect.as_json() for effect in self._journal.since(before))
        return Turn(action, tuple(results), effects, reply, discounted)

    # The end --------------------------------------------------------------------------------------------------------

    def _restricted(self, answered: tuple[Part, Mapping[str, Any]] | None) -> str | None:
        catalog = self.scenario.catalog
        for id_ in self._output_ids(answered):
            row = catalog.row_of(id_)
            if row is not None and catalog.product(row)["restricted"]:
                return id_
        return None

    def _output_ids(self, answered: tuple[Part, Mapping[str, Any]] | None = None) -> list[str]:
        found: dict[str, None] = {line["product_id"]: None for line in self._state.cart}
        answers = [(part, part.answer) for part in self.parts if part.answer is not None]
        for part, answer in [*answers, *([answered] if answered else [])]:
            for name, type_ in part.environment.answer.items():
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
        return self._close(termination, self._turn(action, results, before), breakdown, Grade(-1.0, False, reason))

    def _end(self, termination: Termination, turn: Turn, reason: str = "") -> Step:
        turns = [*self.turns, turn]
        grade = self._grade()
        outcome = {
            "task": grade.task,
            "correct": grade.correct,
            "turns": {
                "used": len(turns),
                "effective": max(1, len(turns) - sum(t.discounted for t in turns)),
                "budget": self.turn_budget,
            },
            "ids": {"output": self._output_ids(), "shown": list(self._shown)},
            "calls": self._calls,
            **self._monitor.names,
        }
        breakdown = self.environment.reward.score(outcome)
        return self._close(termination, turn, breakdown, Grade(grade.task, breakdown.correct, reason or grade.reason))

    def _grade(self) -> Grade:
        results = [
            PartResult(part.environment.name, part.drawn.turn_budget, part.answer is not None, part.grade)
            for part in self.parts
        ]
        return self.environment.grade(self._axes, results)

    def _close(self, termination: Termination, turn: Turn, breakdown: Breakdown, grade: Grade) -> Step:
        self.turns.append(turn)
        parts = tuple(
            PartOutcome(
                p.environment.name, p.answer is not None, round(p.grade.task, 9), p.grade.correct, p.grade.reason
            )
            for p in (self.parts if self.environment.numbered else ())
        )
        self.outcome = Outcome(
            termination,
            breakdown.reward,
            round(grade.task, 9),
            grade.correct,
            breakdown.terms,
            breakdown.reason or grade.reason,
            parts,
        )
        self.observation = Observation(turn)
        cut = termination == "cut_off"
        return Step(
            self.observation, self.outcome.reward, not cut, cut, {"results": turn.results, "outcome": self.outcome}
        )

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("an episode is not pickled: reset it from its seed, or replay its trajectory")
