"""An episode: reset to an observation, then one step for each turn until it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from types import MappingProxyType
from typing import NoReturn, get_args

from rlve_dsl.compiler import SECONDS, CompiledScenario, Grade, PartResult, Task, draw_world
from rlve_dsl.episode.actions import PART, Action, Call, Malformed, owned, shortened
from rlve_dsl.episode.conversation import Conversation
from rlve_dsl.episode.disturbances import disturber_of
from rlve_dsl.episode.outcome import ForbiddenCall, HardFailure, IllegalCall, Outcome, Termination, concluded
from rlve_dsl.episode.part import Part
from rlve_dsl.episode.prompt import Briefing, Form, brief, system_prompt, tool_schemas
from rlve_dsl.episode.role import role_of
from rlve_dsl.episode.store import Store
from rlve_dsl.episode.turn import Observation, Result, Step, Turn
from rlve_dsl.errors import UsageError
from rlve_dsl.reward import Breakdown
from rlve_dsl.user import MakeUser, Thing, Utterance
from rlve_dsl.values import Json, JsonObject, Names
from rlve_dsl.world import Kind, Table, Tool


class Episode:
    """One play of an environment at a level from a seed. Make one with `Scenario.reset`.

    Attributes:
        scenario: The compiled scenario.
        environment: The environment that is played.
        level: The level of difficulty.
        seed: The seed.
        axis_levels: The axes that have a level of their own in this episode, and which.
        parts: The user's requests, in the order in which they are raised: one, or those of a chain.
        opening: The first words of the user.
        opened: The opening with everything that it disclosed.
        observation: What the agent sees next.
        turns: The turns played so far.
        turn_budget: The number of turns after which the episode ends; free turns do not count.
        tool_budget: The number of calls that a turn may make.
        outcome: How it ended, or None; after the end, `step` raises UsageError.
    """

    def __init__(
        self,
        scenario: CompiledScenario,
        environment: Task,
        level: int,
        seed: int,
        user: MakeUser,
        axis_levels: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        if axis_levels:
            environment = environment.with_levels(axis_levels)
        self.scenario = scenario
        self.environment = environment
        self.level = level
        self.seed = seed
        self.axis_levels = axis_levels
        self.outcome: Outcome | None = None
        self.turns: list[Turn] = []
        drawn = draw_world(environment, scenario.catalog, level, seed)
        self._axes = drawn.axes
        role = role_of(drawn, level, environment.announce, environment.noises)
        self._conversation = Conversation(user(role), role, drawn)
        self.parts = self._conversation.parts
        disturber = disturber_of(drawn, level, environment.disturbances)
        self._store = Store(scenario.catalog, drawn, environment.governance, disturber)
        self.turn_budget = drawn.turn_budget
        self.tool_budget = environment.tool_budget(dict(self._axes))
        self.opened = self._conversation.open()
        self.opening = self.opened.text
        self.observation = Observation(self.opening)

    def __repr__(self) -> str:
        state = f"{len(self.turns)} turns" if self.outcome is None else self.outcome.termination
        return f"<Episode {self.environment.name}: level {self.level}, seed {self.seed}; {state}>"

    def fork(self) -> Episode:
        """An independent episode in the same state: what happens in one never affects the other.

        It costs little: the scenario, the catalog and the drawn world never change, and both share them.
        """
        other = Episode.__new__(Episode)
        vars(other).update(vars(self))
        other.turns = list(self.turns)
        other._conversation = self._conversation.fork()
        other.parts = other._conversation.parts
        other._store = self._store.fork()
        return other

    def __reduce__(self) -> NoReturn:
        raise TypeError("an episode is not pickled: reset it from its seed, or replay its trajectory")

    # What the agent may know ----------------------------------------------------------------------------------------

    @property
    def briefing(self) -> Briefing:
        """What the agent reads before it begins."""
        return brief(self.environment, self.parts, dict(self._axes), self.toolset, (self.turn_budget, self.tool_budget))

    @property
    def toolset(self) -> Mapping[str, Tool]:
        """The tools by name."""
        return self._store.tools

    @property
    def tools(self) -> list[JsonObject]:
        """The tools and the answer in OpenAI function form, as a copy."""
        return deepcopy(tool_schemas(self.briefing))

    def prompt(self, form: Form = "native") -> str:
        """The system prompt for one of the two action forms.

        Raises:
            UsageError: When there is no such form.
        """
        if form not in get_args(Form):
            raise UsageError(f"there is no action form `{form}`; forms: {', '.join(get_args(Form))}")
        return system_prompt(self.briefing, form)

    @property
    def system_prompt(self) -> str:
        """The system prompt for native tool calls."""
        return self.prompt()

    @property
    def entities(self) -> Mapping[str, Kind]:
        """The kinds of entities that there are, by name."""
        return self._store.shop.state.tables.kinds

    def table(self, entity: str) -> Table:
        """The table of a kind of entity as it is now; not for agents."""
        return self._store.shop.table(entity)

    @property
    def open_parts(self) -> tuple[Part, ...]:
        """The requests that have been raised and wait for an answer."""
        return self._conversation.open_parts

    def answer_to(self, part: Part, fields: Mapping[str, Json]) -> JsonObject:
        """The answer with these fields; where there are several requests, it says which one it is for."""
        return {PART: part.number, **fields} if self.environment.numbered else dict(fields)

    @property
    def turns_left(self) -> int:
        """How many turns may still be played, without those that are free."""
        return self.turn_budget - sum(not turn.free for turn in self.turns)

    def tool(self, name: str) -> Tool | None:
        """The tool of this name, or of this name with `_` for `.`, if the episode has it."""
        return self._store.tool(name)

    def named_in(self, call: Call) -> tuple[str, ...]:
        """The names of the things that a call is about: what an agent calls them when it asks the user to go ahead."""
        return self._store.named_in(call)

    def owed(self, call: Call) -> tuple[str, ...]:
        """What the store's rules want before this call and has not been done: names of tools, or `confirmation`."""
        return self._store.owed(call)

    # One turn -------------------------------------------------------------------------------------------------------

    def step(self, action: Action | Malformed) -> Step:
        """Play one turn: calls in order, then events, then the answer, then the user's reply.

        When a call fails for the moment, those after it are not made, and the answer is not taken.

        Raises:
            TypeError: When the action is neither an Action nor a Malformed. What is wrong inside one ends the episode.
            UsageError: When the episode has ended.
        """
        self._check_running()
        action = owned(action)
        before, results = len(self._store.shop.journal), list[Result]()
        if isinstance(action, Malformed):
            return self._fail("malformed_action", action.reason, Turn(action, (), ()))
        free = self._is_free(action)
        try:
            self._run(action, results)
            waits = any(result.failed for result in results)
            # a turn with a failed call, or one that only repeats failed calls, does not count: events and new requests wait
            counts = not waits and (not free or any(result.failed for result in self.turns[-1].results))
            answered = self._read_answers(() if waits else action.answers, len(self._store.shop.journal) > before)
        except HardFailure as failure:
            turn = Turn(action, tuple(results), self._store.effects_since(before))
            return self._fail(failure.termination, str(failure), turn)
        changed = self._store.changed_since(before)
        progress = bool(answered) or changed or waits or any(result.refused is None for result in results)
        self._store.let_events_happen(self.open_parts, len(self.turns) + 1, counts=counts)
        effects = self._store.effects_since(before)
        for part, fields in answered:
            unshown = self._store.unshown(part.sorted_ids_in(fields))
            part.close(fields, {**self._store.state_names, **self._outcome_names}, unshown)
        if self._conversation.is_over:
            return self._end("answered", Turn(action, tuple(results), effects, free=free))
        changes = tuple([effect.as_json() for effect in effects])
        reply = self._hear(action.message, changes, progress=progress, may_raise=counts)
        discounted = reply is not None and not results and self._conversation.discount(reply)
        return self._next(Turn(action, tuple(results), effects, reply, discounted, action.answer_ids, free))

    def cut_off(self, reason: str) -> Step:
        """End the episode from outside (a rollout that ran out of tokens): truncated, and graded as unfinished."""
        self._check_running()
        if not isinstance(reason, str):
            raise TypeError(f"the reason is text, not {type(reason).__name__}")
        kept = shortened(Malformed(reason))
        return self._end("cut_off", Turn(kept, (), ()), kept.reason)

    def _check_running(self) -> None:
        if self.outcome is not None:
            raise UsageError("the episode has ended")

    def _is_free(self, action: Action) -> bool:
        """Whether a turn only makes calls again that the turn before left unfinished, and so does not count."""
        last = self.turns[-1] if self.turns else None
        if last is None or not action.calls or action.message or (action.answers and not last.withheld):
            return False
        unfinished = [self._store.read(call) for call in last.unfinished]
        for call in action.calls:
            made = self._store.read(call)
            if made not in unfinished:
                return False
            unfinished.remove(made)
        return True

    def _run(self, action: Action, results: list[Result]) -> None:
        """Make the calls of a turn; `results` keeps those made before a hard failure."""
        if len(action.calls) > self.tool_budget:
            raise IllegalCall(f"{len(action.calls)} calls in one turn, {self.tool_budget} allowed")
        self._store.begin_turn()
        for call in action.calls:
            results.append(self._store.call(call, in_vain=bool(results) and results[-1].failed))

    def _read_answers(self, answers: Sequence[Mapping[str, Json]], changed: bool) -> list[tuple[Part, Names]]:
        """The requests that are answered and the answers' typed fields, when the turn may put them out; `changed`
        says whether the turn may have chosen anything."""
        answered: list[tuple[Part, Names]] = []
        for given in answers:
            part, fields = self._conversation.part_for(given) if self.environment.numbered else (self.parts[0], given)
            typed = part.read_answer(fields)
            if all(typed != earlier for other, earlier in answered if other is part):
                answered.append((part, typed))
        if len({part.number for part, _ in answered}) < len(answered):
            raise IllegalCall("two different answers to one request")
        if (changed or answered) and (reason := self._store.off_limits(self._put_out(answered))):
            raise ForbiddenCall(reason)
        return answered

    def _put_out(self, answered: Sequence[tuple[Part, Names]] = ()) -> list[str]:
        """The ids that the agent has chosen in its calls, in the answers given, and in these."""
        answers = [(part, part.answer) for part in self.parts if part.answer is not None]
        return self._store.put_out(part.ids_in(answer) for part, answer in [*answers, *answered])

    def _hear(
        self, message: str, effects: tuple[JsonObject, ...], *, progress: bool, may_raise: bool
    ) -> Utterance | None:
        turn, state, things = len(self.turns) + 1, self._store.state_names, self._things
        reply = self._conversation.reply(
            turn, message, effects, state, things, self._done, progress=progress, may_raise=may_raise
        )
        if reply is not None:
            self._store.decided(reply, self._conversation.proposal)
        return reply

    def _done(self) -> tuple[int, ...]:
        """The numbers of the open requests that are as the user wants them."""
        outcome = {**self._store.state_names, **self._outcome_names}
        return tuple(part.number for part in self.open_parts if part.is_done(outcome))

    def _things(self) -> list[Thing]:
        """The things that a message may name."""
        return self._store.things(slot.value for part in self.parts for slot in part.disclosed)

    def _next(self, turn: Turn) -> Step:
        """The end, when the user has left or no turn is left; else the next turn begins.

        What the last turn left unfinished can still be done.
        """
        if turn.reply is not None and turn.reply.gave_up:
            return self._end("gave_up", turn)
        left = self.turns_left - (not turn.free)
        if left < 0 or (left == 0 and not turn.unfinished):
            return self._end("turns_spent", turn)
        self.turns.append(turn)
        self.observation = Observation(turn)
        return Step(self.observation, None, False, False, turn)

    # The end --------------------------------------------------------------------------------------------------------

    def _fail(self, termination: Termination, reason: str, turn: Turn) -> Step:
        breakdown = self.environment.reward.fail(termination, reason)
        lost = [None] * len(self.parts) if self.environment.numbered else []
        return self._close(termination, turn, breakdown, Grade(-1.0, False, reason), lost)

    def _end(self, termination: Termination, turn: Turn, reason: str = "") -> Step:
        turns, results = [*self.turns, turn], self._results
        grade = self.environment.grade(self._axes, results)
        free = sum(t.free for t in turns)
        outcome: Names = {
            "task": grade.task,
            "correct": grade.correct,
            "turns": {
                "used": len(turns) - free,
                "effective": max(1, len(turns) - free - sum(t.discounted for t in turns)),
                "budget": self.turn_budget,
            },
            "ids": {
                "output": self._put_out(),
                "shown": self._store.ids_shown,
                **self._store.variants,
            },
            "calls": self._store.calls,
            **self._outcome_names,
        }
        breakdown = self.environment.reward.score(outcome)
        lost: Sequence[float | None] = ()
        if self.environment.numbered:
            lost = self.environment.losses(self._axes, results, outcome, breakdown.reward)
        return self._close(termination, turn, breakdown, Grade(grade.task, grade.correct, reason or grade.reason), lost)

    @property
    def _outcome_names(self) -> Names:
        """How the rules of conduct were kept and how much time has passed, by the names that grades and rewards read."""
        return {**self._store.conduct_names, SECONDS: self._store.seconds}

    @property
    def _results(self) -> list[PartResult]:
        return [
            PartResult(part.environment.name, part.drawn.turn_budget, part.answer is not None, part.grade)
            for part in self.parts
        ]

    def _close(
        self,
        termination: Termination,
        turn: Turn,
        breakdown: Breakdown,
        grade: Grade,
        lost: Sequence[float | None],
    ) -> Step:
        """End the episode. `lost` is what it lost by each request of a chain; empty where there is one request."""
        self.turns.append(turn)
        parts = tuple(part.outcome(of) for part, of in zip(self.parts, lost, strict=True)) if lost else ()
        self.outcome = concluded(termination, breakdown, grade, parts)
        self.observation = Observation(turn)
        is_cut_off = termination == "cut_off"
        return Step(self.observation, self.outcome.reward, not is_cut_off, is_cut_off, turn, self.outcome)
