"""The oracle: an agent that plays an environment's `solution`.

It knows what the user has said and what tools have returned, and nothing else. With mistakes it is an imperfect agent that
errs at given rates: training uses it for demonstrations, certification to judge difficulty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rlve_dsl.agents.contexts import ShownIds, other_arguments, shown
from rlve_dsl.agents.mishearing import MisheardFacts
from rlve_dsl.agents.proposing import proposal_in_words
from rlve_dsl.agents.questions import message
from rlve_dsl.agents.repeating import Repeats
from rlve_dsl.agents.solving import Pending, Solving
from rlve_dsl.agents.steps import OracleError, step_before, taken
from rlve_dsl.agents.values import EMPTY_CHOICES, misheard, value_of
from rlve_dsl.compiler import CompiledEnvironment, Wordings
from rlve_dsl.episode import Action, Call, Episode, Observation, Part
from rlve_dsl.errors import UsageError
from rlve_dsl.expressions import EvaluationError
from rlve_dsl.expressions.types import Id, ListOf, Record, Type, required
from rlve_dsl.files import Asks
from rlve_dsl.policy import CONFIRMATION
from rlve_dsl.rng import Stream
from rlve_dsl.values import JsonObject, Value
from rlve_dsl.world import Tool

MISTAKES: Mapping[str, str] = {
    "forget_to_ask": "the question for an open fact is left out",
    "wrong_argument": "a call that changes something gets another id that was shown",
    "leave_out": "a call that changes something lacks an optional argument",
    "dawdle": "a turn is wasted on an earlier call or on small talk",
    "other_consent": "the user is asked to agree to something else than what is done next",
    "misread": "a value that the user said is taken for a similar one",
    "stop_early": "the answer is given too early",
    "second_best": "the answer has another id that was shown, or a similar number or word",
}
"""The mistakes an imperfect agent can make, and what each of them is."""

_SMALL_TALK = "One moment, please."


def _always(fact: str, key: int | None) -> bool:
    return True


def _as_it_is(tool: Tool, args: JsonObject) -> JsonObject:
    return args


class OracleAgent:
    """Plays one episode by its environment's solution.

    `made` names the mistakes so far, in order. `asked` has, for each turn, the number of the request, the fact and the index
    of the item of every question; the fact of the question whether there is anything else is empty. `proposals` holds how it has
    asked the user to agree to its calls: a message, or the end of one.

    A solution that cannot go on raises OracleError. An agent with mistakes, or one that does not ask for everything, gives the
    answer it has instead.

    Args:
        episode: The episode.
        mistakes: The probability of each kind of mistake, by its name in MISTAKES.
        stream: Decides when mistakes are made; by default a stream of the episode's seed.
        shuffle: Reorders every list in tool results before the solution sees it.
        words: Chooses how questions are worded; by default a stream of the episode's environment, level and seed.
        said: What the solution of a part reads as `said`; by default what the user has said.
        asks_for: What it asks: what the solution says, one general question, or nothing.
        heuristic: The name of the heuristic that it plays instead of the solution, where an environment has it.
        foreign: Whether it also uses the wordings that only certificates use.
    """

    def __init__(
        self,
        episode: Episode,
        *,
        mistakes: Mapping[str, float] | None = None,
        stream: Stream | None = None,
        shuffle: Stream | None = None,
        words: Stream | None = None,
        said: Callable[[Part], Value] | None = None,
        asks_for: Asks = "all",
        heuristic: str = "",
        foreign: bool = False,
    ) -> None:
        if unknown := sorted((mistakes or {}).keys() - MISTAKES.keys()):
            raise UsageError(f"there is no mistake `{unknown[0]}`: there are {', '.join(MISTAKES)}")
        self.made: list[str] = []
        self.asked: list[tuple[tuple[int, str, int | None], ...]] = []
        self.proposals: list[str] = []
        self._episode = episode
        self._mistakes = dict(mistakes or {})
        self._asks_for = asks_for
        self._heuristic = heuristic
        self._foreign = foreign
        self._may_fail = bool(mistakes) or asks_for != "all" or bool(heuristic)
        self._stream = stream or Stream("oracle", episode.seed)
        self._shuffle = shuffle
        self._words = words or Stream("words", episode.environment.name, episode.level, episode.seed)
        self._said = said
        self._turn = 0
        self._solving: dict[int, Solving] = {}
        self._sent: list[Pending] = []
        self._repeats = Repeats()
        self._read_calls: list[Call] = []
        self._shown = ShownIds()
        self._proposed: Pending | None = None

    def act(self, observation: Observation) -> Action:
        """Return the next turn of the solutions of all open requests.

        It holds as many of their calls as the tool budget allows, and the first answer that is ready. Calls that were left
        unfinished are made again first, in a turn of their own.
        """
        if (again := self._take_results()) is not None:
            self.asked.append(())
            return again
        self._turn += 1
        self.asked.append(())
        if self._errs("dawdle", self._turn):
            return self._dawdle()
        if self._errs("stop_early", self._turn):
            return Action(answer=self._answered(self._solving_of(self._episode.open_parts[0])))
        open_parts = [self._solving_of(part) for part in self._episode.open_parts]
        for solving in open_parts:
            self._advance(solving)
        self._sent = self._packed(open_parts)
        ready = next((solving for solving in open_parts if solving.is_ready), None)
        message = self._message(open_parts)
        answer = None
        if ready is not None:
            answer = self._answered(ready)
        elif any(solving.lets_turn_pass for solving in open_parts):
            message = message or _SMALL_TALK
        elif open_parts and not self._sent and not message:
            answer = self._give_up(open_parts[0])
        return Action(message, tuple(pending.call for pending in self._sent), answer)

    def _message(self, open_parts: list[Solving]) -> str:
        """What is asked in this turn."""
        asked = [(solving.part, question) for solving in open_parts for question in solving.take_questions()]
        self.asked[-1] = tuple((part.number, q.fact, q.key) for part, q in asked)
        repeats = sum(solving.not_understood for solving in open_parts)
        questions = [(question, self._wordings_of(part.environment)) for part, question in asked]
        words = message(questions, self._words.child(self._turn), plain=repeats > 0)
        proposal = self._proposal(self._proposed) if self._proposed is not None else ""
        return " ".join(part for part in (words, proposal) if part)

    def _wordings_of(self, environment: CompiledEnvironment) -> Wordings:
        return environment.foreign if self._foreign else environment.wordings

    def _solving_of(self, part: Part) -> Solving:
        solving = self._solving.get(part.number)
        if solving is None:
            level = self._episode.level
            # an agent without mistakes is in no cycle of references, so that it is gone as soon as it is not used
            solving = (
                self._erring(part) if self._may_fail else Solving(part, level, _always, _as_it_is, self._read(part))
            )
            self._solving[part.number] = solving
        return solving

    def _read(self, part: Part) -> Value:
        """What the solution of a part reads as `said`, if it is not what the user has said."""
        return self._said(part) if self._said is not None else None

    def _erring(self, part: Part) -> Solving:
        number = part.number
        said = self._read(part)
        if self._mistakes.get("misread"):
            said = MisheardFacts(part, lambda fact, key: self._errs("misread", *self._within(number), fact, key))
        simpler = next((one for one in part.environment.heuristics if one.name == self._heuristic), None)
        return Solving(
            part,
            self._episode.level,
            asks=lambda fact, key: not self._errs("forget_to_ask", *self._within(number), fact, key),
            calls=lambda tool, args: self._decided(number, tool, args),
            said=said,
            asks_for=self._asks_for if simpler is None or simpler.asks == "all" else simpler.asks,
            solution=None if simpler is None else simpler.solution,
        )

    def _within(self, part: int) -> tuple[int, ...]:
        """What names a part in the draws of mistakes: nothing where there is only one."""
        return (part,) if len(self._episode.parts) > 1 else ()

    def _advance(self, solving: Solving) -> None:
        try:
            solving.advance()
        except EvaluationError as problem:
            if not self._may_fail:
                raise OracleError(f"{problem.span}: {problem}") from problem
            solving.finished = True

    def _decided(self, part: int, tool: Tool, args: JsonObject) -> JsonObject:
        """The arguments that are sent for a call of a solution."""
        if tool.writes:
            return self._err_in(part, tool, args)
        self._read_calls.append(Call(tool.name, args))
        return args

    def _packed(self, open_parts: list[Solving]) -> list[Pending]:
        """The calls of this turn. A call comes after the calls that the store's rules want before it, and waits until the user
        has confirmed it where a rule wants that."""
        room, packed = self._episode.tool_budget, list[Pending]()
        self._proposed = None
        for solving in open_parts:
            while solving.queue and len(packed) < room:
                call = solving.queue[0].call
                owed = self._episode.owed(call)
                if CONFIRMATION in owed and self._proposed is None:
                    self._proposed = solving.queue[0]
                packed += [
                    step_before(call, name, self._episode, may_fail=self._may_fail)
                    for name in owed
                    if name != CONFIRMATION and not taken(name, call, packed)
                ]
                if CONFIRMATION in owed or len(packed) >= room:
                    break
                packed.append(solving.queue.pop(0))
        return packed[:room]

    def _proposal(self, pending: Pending) -> str:
        call, groups = pending.call, shown(self._episode) if self._mistakes.get("other_consent") else []
        other = next(other_arguments(call, self._episode, groups), None)
        if other is not None and self._errs("other_consent", self._turn):
            call = Call(call.name, other)
        names = self._episode.named_in(call)
        self.proposals.append(
            proposal_in_words(pending.tool, names, Stream("proposal", self._episode.seed, self._turn))
        )
        return self.proposals[-1]

    def _give_up(self, solving: Solving) -> JsonObject:
        if not self._may_fail:
            waits = solving.part.environment.name
            raise OracleError(f"the solution of `{waits}` waits for what cannot come")
        return self._answered(solving)

    def _answered(self, solving: Solving) -> JsonObject:
        if solving.answer is None:
            types = solving.part.environment.answer.items()
            return self._episode.answer_to(solving.part, {name: value_of(of, EMPTY_CHOICES) for name, of in types})
        if not self._mistakes:
            return self._episode.answer_to(solving.part, solving.answer)
        return self._episode.answer_to(solving.part, self._err_in_answer(solving.part, solving.answer))

    # Results --------------------------------------------------------------------------------------------------------

    def _take_results(self) -> Action | None:
        """Take note of the last turn; return the turn that makes its unfinished calls again, where there are any."""
        if not self._episode.turns:
            return None
        last = self._episode.turns[-1]
        for solving in self._solving.values():
            solving.hear(last.reply)
        if (again := self._repeats.after(last)) is not None or not self._sent:
            return again
        for pending, result in zip(self._sent, self._repeats.results, strict=True):
            pending.done, pending.refused = True, result.refused
            pending.value = self._reorder(result.value, pending.result)
            if self._mistakes:
                self._shown.add(result)
        self._sent = []
        return None

    def _reorder(self, value: Value, type_: Type) -> Value:
        if self._shuffle is None or value is None:
            return value
        match required(type_):
            case ListOf(item=item):
                return [self._reorder(entry, item) for entry in self._shuffle.shuffled(list(value))]
            case Record(fields=fields):
                known = {name: self._reorder(value.get(name), of) for name, of in fields}
                return {name: part for name, part in known.items() if part is not None}
        return value

    # Mistakes -------------------------------------------------------------------------------------------------------

    def _errs(self, mistake: str, *place: object) -> bool:
        if not self._mistakes:
            return False
        rate = self._mistakes.get(mistake, 0.0)
        if rate > 0 and self._stream.child(mistake, *place).chance(rate):
            self.made.append(mistake)
            return True
        return False

    def _err_in(self, part: int, tool: Tool, args: JsonObject) -> JsonObject:
        erring = dict(args)
        waiting = len(self._solving[part].queue)
        for parameter in tool.signature.parameters:
            name = parameter.name
            if name not in args:
                continue
            place = (*self._within(part), tool.name, len(self._read_calls), waiting, self._turn, name)
            sort = required(parameter.type)
            if not parameter.required and self._errs("leave_out", *place):
                del erring[name]
            elif (
                isinstance(sort, Id)
                and (others := self._shown.beside(sort.of, str(args[name])))
                and self._errs("wrong_argument", *place)
            ):
                erring[name] = self._stream.child("other", *place).choice(others)
        return erring

    def _err_in_answer(self, part: Part, answer: JsonObject) -> JsonObject:
        erring = dict(answer)
        for name, type_ in part.environment.answer.items():
            value, sort = answer[name], required(type_)
            ids = value if isinstance(value, list) else []
            item = required(sort.item) if isinstance(sort, ListOf) else sort
            others: list[Value]
            if isinstance(item, Id):
                best = ids[0] if ids else value
                others = [id_ for id_ in self._shown.beside(item.of, str(best)) if id_ not in ids]
            else:
                other = None if isinstance(sort, ListOf) else misheard(value, sort)
                others = [] if other is None else [other]
            if others and self._errs("second_best", *self._within(part.number), name):
                # the id that was shown right after the best one
                erring[name] = [*ids[1:], others[0]] if ids else others[0]
        return erring

    def _dawdle(self) -> Action:
        if not self._read_calls or self._turn == 1:
            return Action(_SMALL_TALK)
        return Action("", (self._stream.child("again", self._turn).choice(self._read_calls),))
