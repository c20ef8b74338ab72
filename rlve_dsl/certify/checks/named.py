"""named: what the user names is one thing.

The check takes the names that the user says in the oracle's play. When tools can show another thing of the same name, an
agent may take that one instead. Where this is not correct, the name means two things, and only luck decides between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rlve_dsl.agents import Script
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.findings import CheckResult, Figure, Finding, Observation, first_of
from rlve_dsl.certify.intervals import rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.episode import Action, Call, Episode, Scenario
from rlve_dsl.expressions.types import TEXT
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Json

_NAME = "short_name"
_IDS = ("product_id", "line_id")
_SEEDS = 10  # of each level


@frozen
class Named(Observation):
    """A case: how many names of shown things the user said, and what is wrong with one of them."""

    names: int
    name: str
    problem: str


def observe(case: Case, plan: Plan) -> Iterator[Named]:
    """Put things of the same name into the oracle's play."""
    episode = case.oracle.episode
    if episode is None or not case.oracle.passed or case.seed >= _SEEDS:
        return
    said = {slot.value for part in episode.parts for slot in part.disclosed if isinstance(slot.value, str)}
    shown = _things([result.content for turn in case.oracle.turns for result in turn.results])
    used = set(_texts([[call.args for call in action.calls] + [*action.answers] for action in case.oracle.script]))
    names = sorted(said & shown.keys())
    for name in names:
        for sort in _IDS:
            mine = sorted(shown[name].get(sort, set()) & used)
            for other in sorted(_all_called(case, episode, name, shown[name]).get(sort, set()) - used):
                if mine and not case.play_script(_exchanged(case.oracle.script, mine[0], other)).passed:
                    problem = f"the user says `{name}`, which is `{mine[0]}` and `{other}`, and only the first is right"
                    yield Named(*case.place, case.oracle.trajectory, len(names), name, problem)
                    return
    yield Named(*case.place, "", len(names), "", "")


Things = dict[str, dict[str, set[str]]]
"""The ids of things by the name of the thing and by the sort of the id."""


def _things(content: Json) -> Things:
    """Everything in the results of tools that has a name and an id."""
    found: Things = {}
    below: list[Json] = [content]
    while below:
        value = below.pop()
        if isinstance(value, Mapping):
            below += value.values()
            if isinstance(name := value.get(_NAME), str):
                for sort in _IDS:
                    if isinstance(id_ := value.get(sort), str):
                        found.setdefault(name, {}).setdefault(sort, set()).add(id_)
        elif isinstance(value, list | tuple):
            below += value
    return found


def _all_called(case: Case, episode: Episode, name: str, shown: Mapping[str, set[str]]) -> Mapping[str, set[str]]:
    """The ids of all things of a name, those too that a search for the name shows, if the catalog has several."""
    catalog = case.scenario.compiled.catalog
    rows = [catalog.row_of(id_) for id_ in shown.get("product_id", ())]
    if all(row is None or catalog.product(row)["namesakes"] == 0 for row in rows):
        return shown
    found = {sort: set(ids) for sort, ids in shown.items()}
    for tool in episode.toolset.values():
        wanted = [p for p in tool.signature.parameters if p.required]
        if len(wanted) == 1 and wanted[0].type == TEXT and not tool.writes:
            searched = case.play_script([Action("", (Call(tool.name, {wanted[0].name: name}),))])
            results = [result.content for turn in searched.turns for result in turn.results]
            for sort, ids in _things(results).get(name, {}).items():
                found.setdefault(sort, set()).update(ids)
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _exchanged(script: Script, one: str, other: str) -> Script:
    """The script with another id in place of one; ids that begin with it, as those of variants do, change too."""

    def exchanged(value: Json) -> Json:
        if isinstance(value, str):
            return other + value[len(one) :] if value == one or value.startswith(f"{one}-") else value
        if isinstance(value, dict):
            return {key: exchanged(part) for key, part in value.items()}
        return [exchanged(part) for part in value] if isinstance(value, list | tuple) else value

    def changed(action: Action) -> Action:
        calls = tuple(
            Call(call.name, {key: exchanged(part) for key, part in call.args.items()}) for call in action.calls
        )
        answer = None if action.answer is None else {key: exchanged(part) for key, part in action.answer.items()}
        return replace(action, calls=calls, answer=answer)

    return tuple(changed(action) for action in script)


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Named]) -> CheckResult:
    """Report the share of episodes in which a name means two things."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    for name in scenario.environments:
        mine = [one for one in seen if one.environment == name and one.names]
        wrong = [one for one in mine if one.problem]
        if mine:
            share = rate(len(wrong), len(mine))
            figures.append(Figure(name, "names", "episodes in which a name means two things", share, "must be 0"))
        if wrong:
            first = first_of(wrong)
            findings.append(first.finding(first.name, f"in {len(wrong)} of {len(mine)} episodes; {first.problem}"))
    return CHECK.result(figures, findings)


CHECK: Check[Named] = Check(
    "named",
    ("rlve.unique_names",),
    "what the user names is one thing among all that the tools can show",
    judge,
    observe,
)
