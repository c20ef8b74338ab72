"""The probe *majority by topic*: it guesses the answer from the opening, by a table.

The table says which answer was right most often where the opening showed the same. It is learnt from the openings and goals of other
seeds of the level, and judged on others again. What is guessed are the fields of the answer that can be guessed: a verdict, a
status, a fee, and no ids.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rlve_dsl.agents import sort_of
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.findings import Observation
from rlve_dsl.episode import Episode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Value

NAME = "majority by topic"
SAYS = "guesses the answer from the opening, as it was most often right in other episodes"
LEARNT = 240
"""Seeds of a level from which the table is learnt."""
JUDGED = 240
"""Other seeds of the level on which it is judged."""

_FIRST_SEED = 1_000_000  # no certificate has so many seeds
_PLAYED = 8  # oracle's plays that show which goals say what the answer says
_FEWEST = 5  # openings that are alike, for a guess from them
_RARE = 0.05  # a word that fewer openings have, or fewer lack, tells too little
_CLEARLY = 0.05  # a share of openings: what a name must add to be looked at
_WORD = re.compile(r"[a-z']+")
_THE_WORD = "the word "

Shown = Mapping[str, str]
Key = tuple[str, ...]
Answer = tuple[str, ...]


@frozen
class Seen:
    """What an opening shows, by name, and the fields of the right answer, as JSON texts."""

    seed: int
    shown: Shown
    answer: Answer


@frozen
class Guessed(Observation):
    """How often the probe was right in an environment at a level, and how often it could be by chance.

    `example` is a topic about which it was right, with the answer; `seed` is an episode about it.
    """

    right: int
    of: int
    chance: float
    example: str


@frozen
class Table:
    """How often each answer was right where these `names` showed the same; `topic` are the names that say what is asked.

    `groups` are by all names, then by all but the last, and so on; the last group holds everything.
    """

    topic: Key
    names: Key
    groups: tuple[Mapping[Key, Counter[Answer]], ...]

    def answer(self, shown: Shown) -> Answer:
        """The most frequent answer where the same was shown, as exactly as enough openings are alike."""
        key = _key(shown, self.names)
        alike = [groups.get(key[: len(key) - place], Counter()) for place, groups in enumerate(self.groups)]
        counts = next((counts for counts in alike if counts.total() >= _FEWEST), alike[-1])
        return max(counts, key=counts.__getitem__)


def guessed(case: Case) -> Guessed | None:
    """Learn the table of an environment and a level, and judge it; None where there is nothing to guess."""
    goals = goals_to_guess(case)
    learnt, judged = seen_at_first(case, goals, 0, LEARNT), seen_at_first(case, goals, LEARNT, JUDGED)
    if not learnt or not judged:
        return None
    table = learn(learnt)
    right = [one for one in judged if table.answer(one.shown) == one.answer]
    chance = sum(chances(table, judged)) / len(judged)
    example, seed = "", case.seed
    if right:
        topics = Counter(_key(one.shown, table.topic) for one in right)
        first = next(one for one in right if _key(one.shown, table.topic) == topics.most_common(1)[0][0])
        about = " and ".join(f"{name} {first.shown.get(name, 'nothing')}" for name in table.topic) or "any opening"
        answer = ", ".join(f"{goal} {value}" for goal, value in zip(goals, first.answer, strict=True))
        example, seed = f"{about}: {answer}", first.seed
    return Guessed(case.environment, case.level, seed, "", len(right), len(judged), chance, example)


def goals_to_guess(case: Case) -> tuple[str, ...]:
    """The names of the goals that say what the answer's fields say, where these can be guessed; none in a chain.

    That is the goal of the field's name, or one that changes together with the field from seed to seed. None where a field has no
    such goal. An id cannot be guessed, and what a fact of the user states is not the answer to a question.
    """
    task = case.scenario.compiled.environments[case.environment]
    fields = [name for part in task.parts.values() for name, type_ in part.answer.items() if sort_of(type_) is None]
    if task.numbered or not fields:
        return ()
    plays = [case.sibling(_FIRST_SEED + n).oracle for n in range(_PLAYED)]
    parts = [play.episode.parts[0] for play in plays if play.passed and play.episode is not None]
    found: list[str] = []
    for field in fields if parts else ():
        answered = [_text((part.answer or {}).get(field)) for part in parts]
        goals = {name: [_text(part.names["goal"][name]) for part in parts] for name in parts[0].names["goal"]}
        stated = [{_text(slot.value) for slot in part.drawn.slots} for part in parts]
        if all(text in texts for text, texts in zip(answered, stated, strict=True)):
            continue
        if goals.get(field) == answered:
            found.append(field)
        elif same := [name for name, texts in goals.items() if _together(answered, texts)]:
            found.append(same[0])
        elif len(set(answered)) > 1:
            return ()  # a part of the answer alone says little
    return tuple(found)


def seen_at_first(case: Case, goals: Sequence[str], first: int, many: int) -> list[Seen]:
    """What the openings of these seeds show, with the right answers; nothing where there are no goals to guess."""
    found = []
    for seed in range(_FIRST_SEED + first, _FIRST_SEED + first + many) if goals else ():
        episode = Case(case.scenario, case.environment, case.level, seed).opened
        if episode is not None:  # what cannot be drawn, `solvable` reports
            goal = episode.parts[0].names["goal"]
            found.append(Seen(seed, shown_at_first(episode), tuple(_text(goal[name]) for name in goals)))
    return found


def shown_at_first(episode: Episode) -> Shown:
    """Everything that an opening shows, as texts by name: what each fact said, which facts were said, and each word."""
    said: defaultdict[str, set[str]] = defaultdict(set)
    for slot in episode.opened.disclosed:
        said["the facts said"].add(slot.fact)
        for name, value in _leaves(slot.fact, slot.value):
            said[name].add(value)
    said["the first sentence"].add(episode.opening.partition(".")[0])
    shown = {name: "; ".join(sorted(values)) for name, values in said.items()}
    return shown | {f"{_THE_WORD}`{word}`": word for word in set(_WORD.findall(episode.opening.lower()))}


def learn(seen: Sequence[Seen]) -> Table:
    """Choose what the table looks at: a topic, which is something that a fact said, and one thing more.

    Each is what makes the most guesses right about one half of the openings, when learnt from the other half.
    """
    counts = Counter(name for one in seen for name in one.shown)
    values: defaultdict[str, set[str]] = defaultdict(set)
    for one in seen:
        for name, text in one.shown.items():
            values[name].add(text)
    some = sorted(name for name, count in counts.items() if _RARE * len(seen) <= count)
    words = [name for name in some if name.startswith(_THE_WORD) and counts[name] <= (1 - _RARE) * len(seen)]
    facts = [n for n in some if not n.startswith(_THE_WORD) and len(values[n]) * _FEWEST <= counts[n]]
    topic = _best(((), *((name,) for name in facts)), seen)
    more = [(*topic, name) for name in (*facts, *words) if name not in topic]
    return _table(topic, _best((topic, *more), seen), seen)


def chances(table: Table, seen: Sequence[Seen]) -> Iterator[float]:
    """The chance to guess each answer: one in the different answers to its topic.

    Of an answer with several fields, it is that of the field with the fewest. Of a list only counts whether it is empty. Where
    a topic has a single answer, or is too rare to say, the chance is one in the answers to all topics, and at most one in two.
    """
    learnt, everything = table.groups[len(table.names) - len(table.topic)], table.groups[-1][()]
    for one in seen:
        counts = learnt.get(_key(one.shown, table.topic), Counter())
        fewest = _fewest(counts) if counts.total() >= _FEWEST else 1
        yield 1 / (fewest if fewest > 1 else max(2, _fewest(everything)))


def _fewest(answers: Iterable[Answer]) -> int:
    """The number of different values of the field that has the fewest."""
    fields = zip(*answers, strict=True)
    return min(len({text == "[]" if text[0] == "[" else text for text in field}) for field in fields)


def _best(choices: Sequence[Key], seen: Sequence[Seen]) -> Key:
    """The names from which one half guesses most of the other half right; the first, where no others are clearly better."""
    one_half, other_half = seen[::2], seen[1::2]

    def right(names: Key) -> int:
        table = _table((), names, one_half)
        return sum(table.answer(one.shown) == one.answer for one in other_half)

    clearly = right(choices[0]) + _CLEARLY * len(other_half)
    better = max(choices, key=right)
    return better if right(better) >= clearly else choices[0]


def _table(topic: Key, names: Key, seen: Sequence[Seen]) -> Table:
    groups: list[dict[Key, Counter[Answer]]] = []
    for length in range(len(names), -1, -1):
        counted: dict[Key, Counter[Answer]] = {}
        for one in seen:
            key = _key(one.shown, names[:length])
            counted.setdefault(key, Counter())[one.answer] += 1
        groups.append(counted)
    return Table(topic, names, tuple(groups))


def _key(shown: Shown, names: Key) -> Key:
    return tuple([shown.get(name, "") for name in names])


def _leaves(name: str, value: Value) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of a value, and of each field of a record."""
    if isinstance(value, Mapping):
        for field, inner in value.items():
            yield from _leaves(f"{name}.{field}", inner)
    else:
        yield name, _text(value)


def _text(value: Value) -> str:
    """The value as a JSON text. The order of a list does not count."""
    if isinstance(value, list | tuple):
        value = sorted(value, key=str)
    return json.dumps(value, default=str, sort_keys=True)


def _together(these: Sequence[str], those: Sequence[str]) -> bool:
    """Whether two values always change together, and neither is another one each time."""
    pairs = set(zip(these, those, strict=True))
    return 1 < len(pairs) == len(set(these)) == len(set(those)) < len(these)
