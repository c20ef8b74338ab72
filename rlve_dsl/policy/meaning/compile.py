"""Compiles a Policy file: declare names, parse and check the rules, put decisions in order, make their functions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from types import MappingProxyType

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics, Related, did_you_mean
from rlve_dsl.parsing import locate_part
from rlve_dsl.policy.checking.check import Checker
from rlve_dsl.policy.checking.declare import declare
from rlve_dsl.policy.checking.sorts import Declared, Sort
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.format import format_rules
from rlve_dsl.policy.language.lines import locate
from rlve_dsl.policy.language.parse import parse_assumption, parse_rules
from rlve_dsl.policy.language.words import Facts
from rlve_dsl.policy.meaning.closures import Closures, Evaluation, Run, Test
from rlve_dsl.policy.meaning.policy import Assumption, Decision, Fact, Governs, Policy, Rule
from rlve_dsl.policy.meaning.walk import Walk

LONGEST_ROW = 60  # decisions, each of which uses the one before: their functions call each other
CONFIRMATION = "confirmation"


def compile_policy(
    source: files.Policy, diagnostics: Diagnostics, tools: Collection[str] | None = None
) -> Policy | None:
    """Compile a policy.

    Args:
        diagnostics: Gets every problem.
        tools: The tools that rules of conduct may name; None for any.

    Returns:
        The policy, or None where it has errors.
    """
    before = len(diagnostics.errors)
    names, events = declare(source, diagnostics)
    work = _Work(source, names, events, diagnostics)
    trees = _decisions(work)
    ordered = _ordered(work, trees)
    assumptions = _assumptions(work)
    conduct = _conduct(work, tools)
    governs = _governs(work)
    if len(diagnostics.errors) > before or ordered is None:
        return None
    facts = {name: _fact(fact) for name, fact in source.facts.items()}
    decisions: dict[str, Decision] = {}
    walk = Walk(decisions, events, Closures())
    runs: dict[str, Run] = {}
    for name in ordered:
        decisions[name] = _decision(work, trees[name], decisions)
        runs[name] = walk.decision(name)
    return Policy(
        name=source.name.text,
        digest=_digest(source, [*(trees[name] for name in source.decisions), *conduct]),
        spec=source,
        facts=MappingProxyType(facts),
        decisions=MappingProxyType(decisions),
        events=MappingProxyType(events),
        assumptions=tuple(_assumption(work, text, node, walk) for text, node in assumptions),
        governs=MappingProxyType(governs),
        conduct=tuple(_rule(work, number, node, walk, decisions) for number, node in enumerate(conduct)),
        runs=MappingProxyType(runs),
    )


@dataclass(slots=True)
class _Work:
    source: files.Policy
    names: Mapping[str, Declared]
    events: Mapping[str, str]
    diagnostics: Diagnostics
    broken: set[str] = field(default_factory=set)  # decisions whose rules have an error

    def checker(self, block: files.BlockText) -> Checker:
        """A checker of the text of a block."""
        return Checker(self.names, self.events, lambda place: locate(block, place), self.diagnostics)


def _decisions(work: _Work) -> dict[str, ast.Decide]:
    """The checked rule of each decision; those with errors are left out."""
    block, say = work.source.rules, work.diagnostics.error
    parsed = parse_rules(block, work.diagnostics)
    work.broken |= parsed.broken
    checker = work.checker(block)
    trees: dict[str, ast.Decide] = {}
    first: dict[str, ast.Decide] = {}
    for node in parsed.statements:
        assert isinstance(node, ast.Decide)
        declared = work.source.decisions.get(node.name)
        place = locate(block, _name_place(node, block.text))
        if node.name in first:
            say(
                "P202", f"`{node.name}` is decided twice", place, label="write an `except` under the first",
                related=(Related(locate(block, _name_place(first[node.name], block.text)), "decided here"),),
            )  # fmt: skip
            continue
        first[node.name] = node
        if declared is None:
            near = did_you_mean(node.name, work.source.decisions)
            of = "a fact, and rules decide decisions" if node.name in work.source.facts else "not declared"
            help = "" if node.name in work.source.facts else "declare it under `decisions`"
            say("P203", f"`{node.name}` is {of}", place, label=near, help=help)
            continue
        tree = checker.decide(node, work.names[node.name].sort)
        if tree is None:
            work.broken.add(node.name)
        else:
            trees[node.name] = tree
    for name, decision in work.source.decisions.items():
        # a `decide` line with an error may be the rule of this decision
        if name not in first and name not in work.broken and not work.broken - work.source.decisions.keys():
            say("P203", f"`{name}` has no rule", decision.name.span, label=f"write `decide {name} as …` under `rules`")
    return trees


def _name_place(node: ast.Decide, text: str) -> ast.Place:
    at = text.index(node.name, node.place[0] + len("decide"))
    return (at, at + len(node.name))


def _reads(nodes: Iterable[ast.Node | None], work: _Work) -> tuple[frozenset[str], frozenset[str]]:
    """The facts and the decisions that these trees read."""
    facts, uses = set(), set()
    for node in nodes:
        for kind, name in () if node is None else ast.names(node):
            if kind == "event":
                facts.add(work.events[name])
            elif name in work.source.facts:
                facts.add(name)
            else:
                uses.add(name)
    return frozenset(facts), frozenset(uses)


def _ordered(work: _Work, trees: Mapping[str, ast.Decide]) -> list[str] | None:
    """The decisions, each after those that it uses; None, and an error, where they depend on each other in a circle."""
    uses = {name: _reads([tree], work)[1] for name, tree in trees.items()}
    done: dict[str, None] = {}
    sound = True
    for root in trees:
        path: list[tuple[str, list[str]]] = [] if root in done else [(root, sorted(uses[root], reverse=True))]
        while path:
            name, left = path[-1]
            if not left:
                path.pop()
                done[name] = None
                continue
            following = left.pop()
            on_path = [step for step, _ in path]
            if following in on_path:
                sound = False
                _circle(work, trees, [*on_path[on_path.index(following) :], following])
                done |= dict.fromkeys(on_path)
                break
            if following in uses and following not in done:
                path.append((following, sorted(uses[following], reverse=True)))
    order = list(done)
    return order if sound and _shallow(work, trees, uses, order) else None


def _shallow(
    work: _Work, trees: Mapping[str, ast.Decide], uses: Mapping[str, frozenset[str]], ordered: Sequence[str]
) -> bool:
    """False, and an error, where a decision uses another that uses another, and so on, too many times."""
    depths: dict[str, int] = {}
    for name in ordered:
        depths[name] = 1 + max((depths[used] for used in uses[name] if used in depths), default=0)
        if depths[name] > LONGEST_ROW:
            block = work.source.rules
            place = locate(block, _name_place(trees[name], block.text))
            work.diagnostics.error("P109", f"`{name}` stands on a row of more than {LONGEST_ROW} decisions", place)
            return False
    return True


def _circle(work: _Work, trees: Mapping[str, ast.Decide], way: list[str]) -> None:
    block = work.source.rules
    at = {name: locate(block, _name_place(trees[name], block.text)) for name in way}
    message = (
        f"`{way[0]}` depends on itself"
        if len(way) == 2
        else f"decisions depend on each other: {' → '.join(f'`{name}`' for name in way)}"
    )
    work.diagnostics.error(
        "P204", message, at[way[0]], related=tuple(Related(at[name], f"`{name}`") for name in way[1:-1])
    )


def _assumptions(work: _Work) -> list[tuple[files.Text, ast.Assume]]:
    made = []
    for text in work.source.assume:
        node = parse_assumption(text, work.diagnostics)
        if node is None:
            continue
        at = partial(locate_part, text.span, text.text)
        checker = Checker(work.names, work.events, at, work.diagnostics, facts_only=True)
        checked = checker.assumption(node)
        if checked is not None:
            made.append((text, checked))
    return made


def _assumption(work: _Work, text: files.Text, node: ast.Assume, walk: Walk[Run, Test]) -> Assumption:
    condition = walk.condition(node.condition)
    only_when = None if node.only_when is None else walk.condition(node.only_when)

    def holds(facts: Facts) -> bool | None:
        evaluation = Evaluation(facts)
        first = condition(evaluation)
        if only_when is None or first is False:
            return first if only_when is None else True
        second = only_when(evaluation)
        return True if second else (None if first is None or second is None else False)

    facts, _ = _reads([node], work)
    return Assumption(node, text.text, text.span, facts, holds)


def _conduct(work: _Work, tools: Collection[str] | None) -> list[ast.Require | ast.Forbid]:
    block = work.source.conduct
    if block is None:
        return []
    checker = work.checker(block)
    made: list[ast.Require | ast.Forbid] = []
    for node in parse_rules(block, work.diagnostics, conduct=True).statements:
        assert isinstance(node, ast.Require | ast.Forbid)
        sound = _known_tools(work, block, node, tools)
        checked = checker.conduct(node)
        if sound and checked is not None:
            made.append(checked)
    return made


def _known_tools(
    work: _Work, block: files.BlockText, node: ast.Require | ast.Forbid, tools: Collection[str] | None
) -> bool:
    named = [node.step, node.before] if isinstance(node, ast.Require) else [node.tool]
    sound, start = True, node.place[0]
    for number, name in enumerate(named):
        start = block.text.index(name, start + (len("forbid") if number == 0 else 0))
        a_step = isinstance(node, ast.Require) and number == 0
        known = [*(tools or ()), *([CONFIRMATION] if a_step else [])]
        if tools is not None and name not in known:
            work.diagnostics.error(
                "P218", f"there is no tool `{name}`", locate(block, (start, start + len(name))),
                label=did_you_mean(name, known),
                help="a step is a tool, or `confirmation` of the user" if a_step else "",
            )  # fmt: skip
            sound = False
        start += len(name)
    return sound


def _rule(
    work: _Work,
    number: int,
    node: ast.Require | ast.Forbid,
    walk: Walk[Run, Test],
    decisions: Mapping[str, Decision],
) -> Rule:
    block = work.source.conduct
    assert block is not None
    when = None if node.when is None else walk.condition(node.when)
    unless = None if node.unless is None else walk.condition(node.unless)

    def applies(facts: Facts) -> bool:
        evaluation = Evaluation(facts)
        return (when is None or when(evaluation) is True) and (unless is None or unless(evaluation) is not True)

    facts, uses = _reads([node.when, node.unless], work)
    text = " ".join(block.text[slice(*node.place)].split())
    return Rule(
        f"conduct.{number}", text, node, locate(block, node.place), _with_below(facts, uses, decisions), applies
    )


def _governs(work: _Work) -> dict[str, Governs]:
    made = {}
    types: tuple[files.PolicyType, files.PolicyType] = ("bool", "money")
    for tool, governed in work.source.governs.items():
        for word, name, wanted in zip(("allow", "fee"), (governed.allow, governed.fee), types, strict=True):
            if name is None:
                continue
            decision = work.source.decisions.get(name.text)
            if decision is None:
                near = did_you_mean(name.text, work.source.decisions)
                work.diagnostics.error("P218", f"there is no decision `{name.text}`", name.span, label=near)
            elif decision.type != wanted:
                work.diagnostics.error(
                    "P218", f"`{word}` asks a decision that is {Sort(wanted)}, and `{name.text}` is {Sort(decision.type)}",
                    name.span, related=(Related(decision.name.span, "declared here"),),
                )  # fmt: skip
        made[tool] = Governs(
            governed.allow.text if governed.allow else None, governed.fee.text if governed.fee else None
        )
    return made


def _fact(fact: files.PolicyFact) -> Fact:
    def text(template: files.TemplateText | None) -> str:
        return template.text if template is not None else ""

    return Fact(
        fact.name.text, fact.type, fact.name.span, fact.values, fact.low, fact.high,
        since=fact.since.text if fact.since else "", phrase=text(fact.phrase), denied=text(fact.denied),
        says=text(fact.says), denies=text(fact.denies), ask=text(fact.ask), labels=fact.labels, unit=fact.unit,
    )  # fmt: skip


def _decision(work: _Work, tree: ast.Decide, before: Mapping[str, Decision]) -> Decision:
    declared = work.source.decisions[tree.name]
    facts, uses = _reads([tree], work)
    return Decision(
        tree.name, declared.type, declared.name.span, tree, tuple(ast.clauses(tree)), facts, uses,
        _with_below(facts, uses, before), uses.union(*(before[name].uses for name in uses)), work.source.rules,
        values=declared.values, noun=declared.noun.text if declared.noun else "",
        ask=declared.ask.text if declared.ask else "", labels=declared.labels,
    )  # fmt: skip


def _with_below(facts: frozenset[str], uses: frozenset[str], decisions: Mapping[str, Decision]) -> frozenset[str]:
    return facts.union(*(decisions[name].facts for name in uses))


def _digest(source: files.Policy, statements: Sequence[ast.Statement]) -> str:
    """A hash of everything that the file says, without places, comments and the layout of rules."""

    def plain(value: object) -> object:
        if isinstance(value, Mapping):
            return [[key, plain(item)] for key, item in value.items()]
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        slots = getattr(type(value), "__dataclass_fields__", None)
        if slots is None:
            return value
        return [plain(getattr(value, name)) for name in slots if name not in ("span", "rules", "conduct")]

    content = [plain(source), format_rules(statements)]
    return sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
