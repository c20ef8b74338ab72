"""understood: whoever asks in other words than the environment's own can learn all that holds.

The oracle plays with the words of the Wordings files, and must pass and hear no denial of something that holds. Beside
that, each wording of each fact is put to the user's ear by itself. How many bring out this fact and no other is a figure; a
fact that hardly any brings out alone is a finding, as when two facts cannot be told apart. A remark says how many wordings
the facts have at least that openings leave out, and names those that have few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from rlve_dsl.agents import OracleAgent
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.findings import CheckResult, Figure, Finding, Observation, first_of
from rlve_dsl.certify.intervals import UNLIKELY, at_least, rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.compiler import Wordings
from rlve_dsl.episode import Action, Episode, Part, Scenario
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.user import NO_PREFERENCE, UNSURE, Listener, Slot

_LEVELS = 3
_PASSED = 0.99
_ENOUGH = 100  # of fewer plays, a single one is more than what may fail
_UNDERSTOOD = 0.5  # below, a fact cannot be had by itself; the shipped facts have 0.6 to 1
_MANY = 20  # of fewer wordings, the figures say little about how others ask
_DENIALS = frozenset((NO_PREFERENCE, UNSURE))


@frozen
class Played(Observation):
    """A play with other words: whether it passed, and the message that was answered with a denial of what holds."""

    passed: bool
    denied: str


@frozen
class Heard(Observation):
    """How many wordings for the facts of one name were put to the ear, and how many brought out the fact alone."""

    fact: str
    put: int
    understood: int
    missed: str


@frozen
class Counted(Observation):
    """How many wordings of others the Wordings files have for a fact that the opening left out; the least of its items."""

    fact: str
    wordings: int


Seen: TypeAlias = Played | Heard | Counted


def observe(case: Case, plan: Plan) -> Iterator[Seen]:
    """Play the case with other words, and put each wording to the ear."""
    words = Stream("certify", "words", case.seed, case.level)
    agents: list[OracleAgent] = []

    def oracle(episode: Episode) -> OracleAgent:
        agents.append(OracleAgent(episode, words=words, foreign=True))
        return agents[-1]

    play = case.play(oracle)
    if play.episode is None:
        return
    denied = _denied(play.episode, agents[-1])
    yield Played(*case.place, "" if play.passed and not denied else play.trajectory, play.passed, denied)
    to_ear = case.seed < plan.deep_seeds and case.level in plan.spread(_LEVELS)
    for part in play.episode.parts:
        yield from _counted(case, part)
        if to_ear:
            yield from _heard(case, part)


def _denied(episode: Episode, agent: OracleAgent) -> str:
    """The first message that asked for something that holds and was answered as if the user had no view on it."""
    known = {slot.id for slot in episode.opened.disclosed}
    for turn, asked in zip(episode.turns, agent.asked, strict=False):
        if turn.reply is None:
            continue
        new = {slot.id for slot in turn.reply.disclosed}
        if not _DENIALS.isdisjoint(turn.reply.acts):
            for number, fact, key in asked:
                held = [s for s in episode.parts[number - 1].drawn.slots if s.fact == fact and key in (None, s.key)]
                if any(slot.id not in known for slot in held) and not any(slot.id in new for slot in held):
                    return turn.action.message if isinstance(turn.action, Action) else ""
        known |= new
    return ""


def _heard(case: Case, part: Part) -> Iterator[Heard]:
    """What the user understands of each wording of each fact of a part."""
    held = part.drawn.slots
    listener = Listener(held, part.absent, part.environment.words)
    for fact in dict.fromkeys(slot.fact for slot in held):
        mine = [wordings_of(part.environment.foreign, slot) for slot in held if slot.fact == fact]
        put = understood = 0
        missed = ""
        # each wording is put once, about one item of a list after the other, which takes less time
        for place in range(max(map(len, mine))):
            texts = mine[(place + case.seed) % len(mine)]
            if place < len(texts):
                asked = {held[found].fact for found in listener.understand(texts[place]).asked}
                put += 1
                understood += (good := asked == {fact})
                missed = missed if good else missed or texts[place]
        if put:
            yield Heard(*case.place, "", f"{part.environment.name}.{fact}", put, understood, missed)


def _counted(case: Case, part: Part) -> Iterator[Counted]:
    """How many wordings of others each fact has that the opening left out."""
    found: dict[str, int] = {}
    for slot in part.drawn.slots:
        if slot.omitted:
            own = {"".join(segment.text for segment in ask) for ask in slot.asks}
            number = len({*wordings_of(part.environment.foreign, slot)} - own)
            found[slot.fact] = min(number, found.get(slot.fact, number))
    for fact, number in found.items():
        yield Counted(*case.place, "", f"{part.environment.name}.{fact}", number)


def wordings_of(wordings: Wordings, slot: Slot) -> list[str]:
    """Every wording that these have for the question of a slot."""
    found: list[str] = []
    for ask in slot.asks[:1]:
        about = [wordings.words.get(s.text, s.text.replace("_", " ")) for s in ask if s.is_value]
        found += [text.replace("{item}", " ".join(about)) for text in wordings.facts.get(slot.fact, ())]
        found += wordings.questions.get("".join(segment.text for segment in ask), ())
    return found


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Seen]) -> CheckResult:
    """Report the share passed and denied with other words, and the share and number of wordings understood, fact by fact."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    undecided: list[str] = []
    for name in scenario.environments:
        played = [s for s in seen if isinstance(s, Played) and s.environment == name]
        heard = [s for s in seen if isinstance(s, Heard) and s.environment == name]
        _judge_plays(name, played, figures, findings, undecided)
        for fact in dict.fromkeys(s.fact for s in heard):
            _judge_fact(name, [s for s in heard if s.fact == fact], figures, findings)
    counted = [s for s in seen if isinstance(s, Counted)]
    return CHECK.result(figures, findings, undecided=undecided, remarks=_remarks(counted))


def _remarks(counted: Sequence[Counted]) -> list[str]:
    """The least number of wordings, and the facts that have few; nothing where openings leave out nothing."""
    if not counted:
        return []
    numbers: dict[str, int] = {}
    for one in counted:
        numbers[one.fact] = min(one.wordings, numbers.get(one.fact, one.wordings))
    few = [f"{fact} ({number})" for fact, number in sorted(numbers.items()) if number < _MANY]
    least = f"each fact that openings leave out has at least {min(numbers.values())} wordings of others"
    more = "a Wordings file, under `wordings:` of the collection, adds some"
    return [f"{least}; these have fewer than {_MANY}: {', '.join(few)}; {more}" if few else least]


def _judge_plays(
    name: str, played: Sequence[Played], figures: list[Figure], findings: list[Finding], undecided: list[str]
) -> None:
    passed = rate(sum(s.passed for s in played), len(played))
    denied = [s for s in played if s.denied]
    figures.append(Figure(name, "oracle", "share passed", passed, f"at least {_PASSED}"))
    figures.append(Figure(name, "oracle", "share denied what holds", rate(len(denied), len(played)), "must be 0"))
    if played and passed.value < _PASSED:
        failed = [s for s in played if not s.passed]
        text = f"with other words it passes in {passed.value:.1%} of the plays"
        if len(played) < _ENOUGH and at_least(len(failed), len(played), 1 - _PASSED) >= UNLIKELY:
            undecided.append(f"{name}: {text}, which are {len(played)}; this may be luck")
        else:
            findings.append(first_of(failed).finding("oracle", text))
    if denied:
        worst = first_of(denied)
        findings.append(worst.finding("oracle", f"the user denies what holds when asked `{worst.denied}`"))


def _judge_fact(name: str, heard: Sequence[Heard], figures: list[Figure], findings: list[Finding]) -> None:
    fact = heard[0].fact
    share = rate(sum(s.understood for s in heard), sum(s.put for s in heard))
    figures.append(Figure(name, fact, "share of wordings understood", share, f"at least {_UNDERSTOOD}"))
    if share.value < _UNDERSTOOD:
        first = first_of(s for s in heard if s.missed)
        text = f"of its wordings {share.value:.0%} bring it out alone; not, for example, `{first.missed}`"
        findings.append(first.finding(fact, text))


CHECK: Check[Seen] = Check(
    "understood",
    ("rlve.understood",),
    "whoever asks in other words than the environment's own can learn what holds, and is never denied it",
    judge,
    observe,
)
