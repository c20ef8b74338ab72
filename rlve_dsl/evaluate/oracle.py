"""The oracle: an environment's `solution`, run turn by turn through the same actions as any agent's.

It knows what the user has said and what tools have returned, nothing else. Given mistakes, it is an agent that errs at
stated rates: demonstrations of imperfect conduct, and the ladder by which difficulty is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlve_dsl.compiler import Again, Answer, AskFor, Bind, CallTool, Loop, Statement, WaitTurn
from rlve_dsl.episode import Action, Call, Episode, Observation, Result, ids_in
from rlve_dsl.errors import RlveError, UsageError
from rlve_dsl.rng import Stream
from rlve_dsl.rules import EvaluationError, Expression, Signature
from rlve_dsl.rules.types import ANY, BOOL, DAYS, INT, MONEY, REAL, TEXT, Enum, Id, ListOf, Record, Type, required
from rlve_dsl.world import encode, encode_arguments

MISTAKES: Mapping[str, str] = {
    "forget_to_ask": "an open fact is left out of a question",
    "wrong_argument": "an id given to a tool that changes something is another one that was shown",
    "leave_out": "an argument that has a default is left out of a call that changes something",
    "dawdle": "a turn is wasted on a call made before, or on small talk",
    "misread": "a value that the user said is taken for one that looks like it",
    "stop_early": "the answer is given before its time",
    "second_best": "an id in the answer is another one that was shown, or a number or word one off",
}
_SORTS = ("product", "variant", "line", "order")
_SMALL_TALK = "One moment, please."


class OracleError(RlveError):
    """A solution cannot go on: a defect of the scenario. The message names the place in the file."""


@dataclass(slots=True)
class _Pending:
    """A call that has been decided on; `value` is its result once `done`."""

    call: Call
    result: Type
    done: bool = False
    value: Any = None


@dataclass(slots=True)
class _Frame:
    """Names of a block: their values, and calls whose results they wait for."""

    values: dict[str, Any]
    waiting: dict[str, _Pending] = field(default_factory=dict)

    def inner(self, name: str, value: Any) -> _Frame:
        return _Frame({**self.values, name: value}, dict(self.waiting))


class OracleAgent:
    """Plays one episode by its environment's solution.

    `mistakes` gives a probability for any of MISTAKES, drawn from `stream`; `shuffle` reorders every list in tool
    results before the solution sees it. `made` names the mistakes so far. Without mistakes, a solution that cannot go on
    raises OracleError; with them, the agent gives whatever answer it has.
    """

    def __init__(
        self,
        episode: Episode,
        *,
        mistakes: Mapping[str, float] | None = None,
        stream: Stream | None = None,
        shuffle: Stream | None = None,
    ) -> None:
        if unknown := sorted((mistakes or {}).keys() - MISTAKES.keys()):
            raise UsageError(f"there is no mistake `{unknown[0]}`: there are {', '.join(MISTAKES)}")
        self.made: list[str] = []
        self._episode = episode
        self._mistakes = dict(mistakes or {})
        self._stream = stream or Stream("oracle", episode.seed)
        self._shuffle = shuffle
        self._turn = 0
        self._asking: list[str] = []
        self._awaiting_reply = False
        self._queue: list[_Pending] = []
        self._sent: list[_Pending] = []
        self._read_calls: list[Call] = []
        self._groups: list[tuple[str, list[str]]] = []
        self._answer: dict[str, Any] | None = None
        self._always_said = {f.name for f in episode.environment.facts if f.always_said and f.condition is None}
        axes = episode.environment.axis_values(episode.level)
        said = Misheard(episode, self._errs) if self._mistakes.get("misread") else episode.said
        self._root = self._block(episode.environment.solution, _Frame({**axes, "said": said}))
        self._finished = False

    def act(self, observation: Observation) -> Action:
        """The next turn of the solution, as many of its calls packed into it as the tool budget allows."""
        self._take_results()
        self._turn += 1
        if self._errs("dawdle", self._turn):
            return self._dawdle()
        if self._errs("stop_early", self._turn):
            return Action(answer=self._answer if self._answer is not None else self._empty_answer())
        self._awaiting_reply = False
        self._advance()
        calls, self._queue = self._queue[: self._episode.tool_budget], self._queue[self._episode.tool_budget :]
        message, self._asking = " ".join(self._asking), []
        answer = None
        if not self._queue and not message and (self._finished or self._answer is not None):
            answer = self._answer if self._answer is not None else self._empty_answer()
        elif not calls and not message and not self._queue:
            if not self._mistakes:
                raise OracleError(f"the solution of `{self._episode.environment.name}` waits for what cannot come")
            answer = self._empty_answer()
        self._sent = calls
        return Action(message, tuple(p.call for p in calls), answer)

    # Running the solution -------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        try:
            self._finished = next(self._root, _END) is _END
        except EvaluationError as problem:
            if not self._mistakes:
                raise OracleError(f"{problem.span}: {problem}") from problem
            self._finished = True

    def _block(self, statements: tuple[Statement, ...], frame: _Frame) -> Generator[None, None, None]:
        for statement in statements:
            match statement:
                case AskFor(facts=facts, condition=condition):
                    if condition is None or (yield from self._value(condition, frame)):
                        self._ask(facts)
                case WaitTurn():
                    turn = self._turn
                    while self._turn == turn and (self._queue or self._asking):
                        yield
                case Bind(name=name, value=value):
                    frame.values[name] = yield from self._value(value, frame)
                case CallTool():
                    yield from self._call(statement, frame)
                case Loop(loop=loop, condition=condition, do=do):
                    items = yield from self._value(loop.over, frame)
                    fibers = [self._iteration(statement, frame.inner(loop.name, item)) for item in items]
                    while fibers:
                        fibers = [fiber for fiber in fibers if next(fiber, _END) is not _END]
                        if fibers:
                            yield
                case Again(times=times, until=until, do=do):
                    for _ in range((yield from self._value(times, frame))):
                        inner = _Frame(dict(frame.values), dict(frame.waiting))
                        yield from self._block(do, inner)
                        if until is not None and (yield from self._value(until, inner)):
                            break
                case Answer(fields=fields):
                    answer = {}
                    for name, expression in fields:
                        value = yield from self._value(expression, frame)
                        answer[name] = encode(value, self._episode.environment.answer[name])
                    self._answer = self._err_in_answer(answer)
                    return

    def _iteration(self, statement: Loop, frame: _Frame) -> Generator[None, None, None]:
        if statement.condition is None or (yield from self._value(statement.condition, frame)):
            yield from self._block(statement.do, frame)

    def _value(self, expression: Expression, frame: _Frame) -> Generator[None, None, Any]:
        while not self._ready(expression, frame):
            yield
        return expression(frame.values)

    def _ready(self, expression: Expression, frame: _Frame) -> bool:
        for name in expression.free & frame.waiting.keys():
            pending = frame.waiting[name]
            if not pending.done:
                return False
            frame.values[name] = pending.value
            del frame.waiting[name]
        if self._awaiting_reply and "said" in expression.free:
            facts = {path.split(".")[1] for path in expression.paths if path.startswith("said.")}
            return facts <= self._always_said
        return True

    def _ask(self, facts: tuple[str, ...] | None) -> None:
        questions = [
            question
            for fact, key, question in self._episode.questions(facts)
            if not self._errs("forget_to_ask", fact, key)
        ]
        if questions:
            self._asking += questions
            self._awaiting_reply = True

    def _call(self, statement: CallTool, frame: _Frame) -> Generator[None, None, None]:
        wanted = statement.condition is None or (yield from self._value(statement.condition, frame))
        if not wanted:
            if statement.name:
                frame.values[statement.name] = None
            return
        for expression in statement.arguments.expressions.values():
            while not self._ready(expression, frame):
                yield
        tool = statement.tool
        args = encode_arguments(tool.signature, statement.arguments.values(frame.values))
        if tool.writes:
            args = self._err_in(tool.name, tool.signature, args)
        pending = _Pending(Call(tool.name, args), tool.signature.result)
        self._queue.append(pending)
        if not tool.writes:
            self._read_calls.append(pending.call)
        if statement.name:
            frame.waiting[statement.name] = pending

    # Results --------------------------------------------------------------------------------------------------------

    def _take_results(self) -> None:
        if not self._sent:
            return
        results: tuple[Result, ...] = self._episode.turns[-1].results
        for pending, result in zip(self._sent, results, strict=True):
            pending.done = True
            pending.value = self._reorder(result.value, pending.result)
            for sort in _SORTS if result.refused is None else ():
                if shown := list(dict.fromkeys(ids_in(result.value, pending.result, sort))):
                    self._groups.append((sort, shown))
        self._sent = []

    def _reorder(self, value: Any, type_: Type) -> Any:
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
        rate = self._mistakes.get(mistake, 0.0)
        if rate > 0 and self._stream.child(mistake, *place).chance(rate):
            self.made.append(mistake)
            return True
        return False

    def _err_in(self, tool: str, signature: Signature, args: dict[str, Any]) -> dict[str, Any]:
        erring = dict(args)
        for parameter in signature.parameters:
            name = parameter.name
            if name not in args:
                continue
            place = (tool, len(self._read_calls), len(self._queue), self._turn, name)
            sort = required(parameter.type)
            if not parameter.required and self._errs("leave_out", *place):
                del erring[name]
            elif (
                isinstance(sort, Id)
                and (others := self._other_ids(sort.of, args[name]))
                and self._errs("wrong_argument", *place)
            ):
                erring[name] = self._stream.child("other", *place).choice(others)
        return erring

    def _other_ids(self, sort: str, right: str) -> list[str]:
        together = [ids for of, ids in self._groups if of == sort and right in ids]
        groups = together or [ids for of, ids in self._groups if of == sort]
        return [id_ for id_ in dict.fromkeys(id_ for ids in groups for id_ in ids) if id_ != right]

    def _err_in_answer(self, answer: dict[str, Any]) -> dict[str, Any]:
        erring = dict(answer)
        for name, type_ in self._episode.environment.answer.items():
            value, sort = answer[name], required(type_)
            many = isinstance(sort, ListOf) and bool(value)
            item = required(sort.item) if isinstance(sort, ListOf) else sort
            if many and isinstance(item, Id):
                others = [id_ for id_ in self._other_ids(item.of, value[0]) if id_ not in value]
            elif isinstance(item, Id):
                others = self._other_ids(item.of, value)
            else:
                others = [] if isinstance(sort, ListOf) else alike(value, sort)
            if others and self._errs("second_best", name):
                # what comes right after the best in the order in which it was shown
                erring[name] = [*value[1:], others[0]] if many else others[0]
        return erring

    def _dawdle(self) -> Action:
        if not self._read_calls or self._turn == 1:
            return Action(_SMALL_TALK)
        return Action("", (self._stream.child("again", self._turn).choice(self._read_calls),))

    def _empty_answer(self) -> dict[str, Any]:
        empty: dict[str, Any] = {"text": "", "int": 0, "real": 0.0, "money": 0.0, "days": 0, "bool": False}
        return {
            name: [] if isinstance(type_, ListOf) else empty.get(str(type_), "")
            for name, type_ in self._episode.environment.answer.items()
        }


class Misheard:
    """`said` as somebody understands it who now and then takes a value for another; each value once and for all."""

    __slots__ = ("_episode", "_errs", "_heard", "_types")

    def __init__(self, episode: Episode, errs: Callable[..., bool]) -> None:
        self._episode = episode
        self._errs = errs
        self._types = {plan.name: plan.value.type for plan in episode.environment.facts}
        self._heard: dict[tuple[str, Any], Any] = {}

    def __getitem__(self, fact: str) -> Any:
        said = self._episode.said[fact]
        if said is None:
            return None
        if isinstance(said, Mapping):
            return {**said, "value": self._hear(fact, None, said["value"], [])}
        values = [entry["value"] for entry in said]
        return type(said)({**e, "value": self._hear(fact, e["key"], e["value"], values)} for e in said)

    def get(self, fact: str) -> Any:
        """The same as indexing."""
        return self[fact]

    def _hear(self, fact: str, key: Any, value: Any, beside: Sequence[Any]) -> Any:
        if (fact, key) not in self._heard:
            others = [*alike(value, self._types[fact]), *(other for other in beside if other != value)]
            if not others:
                return value
            self._heard[fact, key] = others[0] if self._errs("misread", fact, key) else value
        return self._heard[fact, key]


def alike(value: Any, type_: Type) -> list[Any]:
    """Values of a type that are easily taken for this one; none where nothing is known to look like it."""
    match required(type_):
        case Enum(values=values):
            place = values.index(value) if value in values else 0
            return [values[(place + 1) % len(values)]] if len(values) > 1 else []
        case t if t == BOOL:
            return [not value]
        case t if t in (INT, DAYS):
            return [value + 1]
        case t if t == MONEY:
            return [value + max(1, abs(value) // 10)]
        case t if t in (REAL, ANY):
            return [value * 1.1 + 0.1] if isinstance(value, float) else [value + 1] if type(value) is int else []
        case t if t == TEXT:
            digit = next((i for i, c in enumerate(value) if c.isdigit()), None) if isinstance(value, str) else None
            return [] if digit is None else [value[:digit] + str((int(value[digit]) + 1) % 10) + value[digit + 1 :]]
        case Record(fields=fields) if isinstance(value, dict):
            numbers = [name for name, of in fields if isinstance(value.get(name), float)]
            if len(numbers) > 1:  # shares that add up stay shares that add up
                moved = [value[name] for name in (*numbers[1:], numbers[0])]
                return (
                    [{**value, **dict(zip(numbers, moved, strict=True))}]
                    if moved != [value[n] for n in numbers]
                    else []
                )
            return next(
                ([{**value, name: other[0]}] for name, of in fields if (other := alike(value.get(name), of))), []
            )
    return []


_END = object()
