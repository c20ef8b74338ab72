"""Drawing the worlds, the persona, the goals and the facts of an episode from its seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from rlve_dsl.catalog import CATALOG, Catalog, Product, Products, part_of
from rlve_dsl.compiler.bindings import Binding
from rlve_dsl.compiler.entities import begin
from rlve_dsl.compiler.fixed.golden import stream_of
from rlve_dsl.compiler.names import CLAIMED
from rlve_dsl.compiler.slots import Voice, absent_slots_of, slots_of
from rlve_dsl.compiler.task import CompiledEnvironment, Task
from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.expressions import EvaluationError, Segment, one_budget
from rlve_dsl.files import Tone
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream, is_held_out
from rlve_dsl.user import Slot
from rlve_dsl.values import ATOMS, Names, Value
from rlve_dsl.world import TABLES, Draws, Tables

ATTEMPTS = 16
MOST_ATTEMPTS = 128
"""Attempts where only chance stands in the way. Four of five histories of one order lack one that has arrived; so many in a
row do once in 10^12 times."""
MOST_PARTS = 50


@frozen
class DrawnPart:
    """One environment of an episode.

    Attributes:
        axes: The values of its axes, which all episodes of the level share.
        own: The world, the persona and the goal, by name.
        opening: The words with which the user raises it.
        slots: What the user can say of it.
        turn_budget: How many turns it would have by itself.
    """

    environment: CompiledEnvironment
    axes: Mapping[str, int | float]
    own: Names
    opening: tuple[Segment, ...]
    slots: tuple[Slot, ...]
    turn_budget: int

    @property
    def names(self) -> Names:
        """What its expressions read: axes, world, persona, goal. New each time, so that loops may put their items there."""
        return {**self.axes, **self.own}


@frozen
class Drawn:
    """What an episode starts from.

    Attributes:
        axes: The values of the axes of the task.
        tone: How the user speaks.
        parts: The environments, in the order in which the user raises them.
        early: For each part, whether the user raises it before the one before it is answered.
        provided: What samplers prepared for tools, by slot.
        stream: The random stream of the rest of the episode.
        attempt: How many worlds were drawn before this one that could not be completed, or lacked what is required.
    """

    axes: Mapping[str, int | float]
    tone: Tone
    parts: tuple[DrawnPart, ...]
    early: tuple[bool, ...]
    provided: Mapping[str, Value]
    stream: Stream
    turn_budget: int
    attempt: int


def draw_world(task: Task, catalog: Catalog, level: int, seed: int) -> Drawn:
    """What an episode starts from. Equal arguments give equal worlds in every process.

    The level is in no stream's path, so episodes of one seed share their draws across levels. A world that a sampler
    cannot complete, or that lacks what its file requires, is drawn again from other streams. The seed also decides from
    which part of the catalog the products come that the episode is about.

    Raises:
        Unsatisfiable: When that has failed `ATTEMPTS` times, or, with failures that are by chance, `MOST_ATTEMPTS` times.
    """
    part = part_of(catalog, task.held_out, is_held_out(seed))
    left = ATTEMPTS
    for attempt in range(MOST_ATTEMPTS):
        try:
            with one_budget():
                return _draw(task, part, level, seed, attempt)
        except Unsatisfiable as unsatisfiable:
            problem = unsatisfiable
        left -= not problem.by_chance
        if not left:
            break
    message = str(problem) if problem.is_certain else f"{problem} (in each of {attempt + 1} attempts)"
    raise Unsatisfiable(message, problem.advice, problem.span, of_products=problem.of_products)


def _draw(task: Task, catalog: Catalog, level: int, seed: int, attempt: int) -> Drawn:
    stream = Stream(seed, task.name, attempt)
    shared = task.axis_values(level)
    axes: Names = {**shared}
    chosen = _choose(task, axes, seed)
    # a part that is alone draws from the stream of the episode
    streams = [stream.child("part", place) if task.numbered else stream for place in range(len(chosen))]
    worlds = _worlds(
        chosen,
        streams,
        catalog,
        level,
        _tables(chosen, stream_of(chosen[0].name) if task.by_seed else stream.child("ids")),
    )
    # after all worlds: one shopper has one persona, which may follow from what the first request is about
    persona = _persona(chosen[0], *worlds[0], stream)
    tone = stream.pick(chosen[0].tones, 0)
    parts = []
    for number, (environment, (names, draws), branch) in enumerate(zip(chosen, worlds, streams, strict=True), start=1):
        names["persona"] = persona
        names["catalog"] = _readable(catalog.whole)  # what is graded may be any product
        parts.append(_part(environment, environment.axis_values(level), names, draws, branch, number, tone))
    rate = task.switch(axes) if task.switch else 0.0
    early = tuple(place > 0 and branch.child("switch").chance(rate) for place, branch in enumerate(streams))
    budgets = [{"name": part.environment.name, "turn_budget": part.turn_budget} for part in parts]
    turns = task.turn_budget({**axes, "parts": budgets})
    return Drawn(shared, tone, tuple(parts), early, worlds[0][1].provided, stream, turns, attempt)


def _choose(task: Task, axes: Names, seed: int) -> list[CompiledEnvironment]:
    """The environments of an episode. Those of a smaller count are the first of a larger one."""
    if task.by_seed:
        return [task.of_seed(seed)]
    if task.count is None:
        return list(task.parts.values())
    # no attempt in the path: the parts are the same at every level that has as many
    count, stream = int(task.count(axes)), Stream(seed, task.name, "intents")
    if not 1 <= count <= MOST_PARTS:
        raise EvaluationError(f"a conversation has 1 to {MOST_PARTS} requests, not {count:,}", task.count.span)
    chosen: list[str] = []
    for place in range(count):
        shuffled = stream.child(place).shuffled(list(task.parts))
        name = next((name for name in shuffled if task.may_join(name, chosen)), None)
        if name is None:
            raise Unsatisfiable(
                f"{count} requests were wanted, and only {place} of the environments go together: no two of a conversation may change"
                " the same entities (`changes:` says which ones each is about)"
            )
        chosen.append(name)
    return [task.parts[name] for name in chosen]


def _worlds(
    chosen: Sequence[CompiledEnvironment], streams: Sequence[Stream], catalog: Catalog, level: int, provided: Names
) -> list[tuple[Names, Draws]]:
    """The axes and the world of each part, and what its samplers drew from.

    Each part is graded by what it knows of. So where an event of one part changes products that another part is about, the
    later one of the two is drawn again.
    """
    if len(chosen) == 1:
        draws = Draws(streams[0].child("world"), catalog, provided, chosen[0].governance)
        return [({**_begun(chosen[0], level, draws, None), CLAIMED: []}, draws)]
    drawn_before: dict[tuple[object, ...], Value] = {}
    worlds: list[tuple[Names, Draws]] = []
    touched: list[_Touched] = []
    for environment, branch in zip(chosen, streams, strict=True):
        for again in range(ATTEMPTS):
            # what a world that is drawn again had provided is dropped
            slots = {slot: {**value} if type(value) is dict else value for slot, value in provided.items()}
            before = dict(drawn_before)
            stream = branch.child("world", *((again,) if again else ()))
            draws = Draws(stream, catalog, slots, environment.governance)
            names = _begun(environment, level, draws, before)
            mine = _touched(environment, names)
            if not any(mine.meets(other) for other in touched):
                break
        else:
            raise Unsatisfiable("two requests were about the same things", by_chance=True)
        provided, drawn_before = slots, before
        worlds.append((names, draws))
        touched.append(mine)
    for place, (names, _) in enumerate(worlds):
        others = (id_ for other, mine in enumerate(touched) if other != place for _, id_ in sorted(mine.entities))
        names[CLAIMED] = [*others]
    # what any part provides is for all of them
    return [(names, Draws(d.stream, d.catalog, provided, d.governance, d.left)) for names, d in worlds]


def _begun(
    environment: CompiledEnvironment, level: int, draws: Draws, drawn_before: dict[tuple[object, ...], Value] | None
) -> Names:
    """The axes and the world of a part, after what changes at its start."""
    names = _world(environment, level, draws, drawn_before)
    if environment.start:
        begin(environment.start, names, draws)
    return names


@frozen
class _Touched:
    """The rows of the products that a part is about, and of those that its events change; and the entities that it may change."""

    about: frozenset[int]
    changed: frozenset[int]
    entities: frozenset[tuple[str, str]]

    def meets(self, other: _Touched) -> bool:
        """Whether one of two parts may change what the other is about."""
        return bool(self.changed & other.about or other.changed & self.about or self.entities & other.entities)


def _touched(environment: CompiledEnvironment, names: Names) -> _Touched:
    return _Touched(
        frozenset(_rows([names[b.name] for b in environment.world])),
        frozenset(_rows([plan.arguments.values({**names}) for plan in environment.events])),
        frozenset(_entities_changed(environment, names)),
    )


def _entities_changed(environment: CompiledEnvironment, names: Names) -> Iterator[tuple[str, str]]:
    """The kinds and ids of the entities that a part may change."""
    for expression, kind in environment.changes:
        value = expression(names)
        for row in value if isinstance(value, list) else [value]:
            if row is not None:
                yield kind.name, row[kind.key]


def _world(
    environment: CompiledEnvironment, level: int, draws: Draws, drawn_before: dict[tuple[object, ...], Value] | None
) -> Names:
    """The axes and the world of a part. A step that an earlier part has drawn with the same meaning is not drawn again;
    `drawn_before` is None for a part that is alone."""
    names: Names = {**environment.axis_values(level)}
    names["catalog"] = _readable(draws.catalog)
    names.update(_entities(environment, draws))
    for binding in environment.world:
        try:
            names[binding.name] = _drawn(binding, names, draws, drawn_before)
        except Unsatisfiable as problem:
            problem.span = problem.span or binding.span
            raise
    return names


def _drawn(binding: Binding, names: Names, draws: Draws, drawn_before: dict[tuple[object, ...], Value] | None) -> Value:
    """The value of a step; see `_world`."""
    if drawn_before is None:
        return binding.build(names, draws, (binding.name,))
    meaning = binding.meaning
    key = (meaning.digest, *((axis, names[axis]) for axis in meaning.axes))
    if key not in drawn_before:
        drawn_before[key] = binding.build(names, draws, (binding.name,))
    return drawn_before[key]


def _tables(chosen: Sequence[CompiledEnvironment], stream: Stream) -> Names:
    """What provides the tables of entities: those of the domain that the environments are played in, if there is one."""
    domestic = next((environment for environment in chosen if environment.domain is not None), chosen[0])
    return {TABLES: domestic.tables.drawing_from(stream.child("ids"))}


def _entities(environment: CompiledEnvironment, draws: Draws) -> Mapping[str, Value]:
    """The tables that a world can read, as they are now, by name."""
    if not environment.readable:
        return {}
    tables: Tables = draws.provided[TABLES]
    return {name: tables.names[name] for name in environment.readable}


@lru_cache(maxsize=8)
def _readable(catalog: Catalog) -> Mapping[str, Value]:
    """What a world may read of the catalog; one object for all episodes."""
    return MappingProxyType({field: getattr(catalog, field) for field in CATALOG.names})


def _persona(environment: CompiledEnvironment, names: Names, world: Draws, stream: Stream) -> Names:
    draws = Draws(stream.child("persona"), world.catalog, world.provided, environment.governance)
    return {b.name: b.build(names, draws, (b.name,)) for b in environment.persona}


def _part(
    environment: CompiledEnvironment,
    axes: Mapping[str, int | float],
    names: Names,
    draws: Draws,
    stream: Stream,
    number: int,
    tone: Tone,
) -> DrawnPart:
    for name, condition in environment.required:
        if not condition(names):
            raise Unsatisfiable(f"`{name}`, which `require` asks for, does not hold", span=condition.span)
    names.update(_entities(environment, draws))  # later parts may have made more
    names["goal"] = {b.name: b.build(names, draws, ("goal", b.name)) for b in environment.goal}
    said = stream.child("user")
    voice = Voice(number, tone, said)
    opening = environment.opening.pick(tone, voice.stream, 0).segments(names) if environment.opening else ()
    slots = slots_of(environment.facts, names, voice)
    own = {name: value for name, value in names.items() if name not in axes}
    return DrawnPart(environment, axes, own, opening, slots, environment.turn_budget(names))


def _rows(values: Sequence[Value]) -> set[int]:
    """The catalog rows of all products in the values, at any depth."""
    found: set[int] = set()
    below = list(values)
    while below:
        value = below.pop()
        kind = type(value)
        if kind in ATOMS:
            continue
        if kind is dict:
            below += value.values()
        elif isinstance(value, Product):
            found.add(value.row)
        elif isinstance(value, Products):
            found.update(value.rows.tolist())
        elif isinstance(value, Mapping):
            below += value.values()
        elif isinstance(value, Sequence) and not isinstance(value, str):
            below += value
    return found


def absent_slots(part: DrawnPart, number: int) -> tuple[Slot, ...]:
    """The facts that do not hold in an episode, as slots without a value: the user has no view on what they are about."""
    return absent_slots_of(part.environment.facts, part.names, number)
