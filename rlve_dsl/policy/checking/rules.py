"""Parses and checks the rules, assumptions and bindings of a Policy file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics, Related, Span, did_you_mean
from rlve_dsl.frozen import frozen
from rlve_dsl.parsing import locate_part
from rlve_dsl.policy.checking.check import Checker
from rlve_dsl.policy.checking.conduct import CONFIRMATION, check_conduct
from rlve_dsl.policy.checking.declare import declare
from rlve_dsl.policy.checking.order import in_order
from rlve_dsl.policy.checking.sorts import Declared, Sort
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.lines import locate
from rlve_dsl.policy.language.parse import parse_assumption, parse_rules


@frozen
class CheckedRules:
    """The rules of a policy without errors.

    Attributes:
        decisions: The rule of each decision, after those of the decisions that it uses.
        blocks: For each decision, the block in which its rule stands.
        events: For each event, the fact that counts the days since it.
    """

    decisions: Mapping[str, ast.Decide]
    blocks: Mapping[str, files.BlockText]
    assumptions: tuple[tuple[files.Text, ast.Assume], ...]
    promises: tuple[tuple[files.Text, ast.Assume], ...]
    conduct: tuple[tuple[files.BlockText, ast.Require | ast.Forbid], ...]
    events: Mapping[str, str]


def check_rules(
    source: files.Policy, diagnostics: Diagnostics, tools: Collection[str] | None, changing: Collection[str]
) -> CheckedRules | None:
    """Check all rules of a policy; None where it has errors, which are in `diagnostics`.

    Args:
        tools: The tools that rules of conduct may name; None for any.
        changing: The tools that change something, as far as they are known.
    """
    before = len(diagnostics.errors)
    names, events = declare(source, diagnostics)
    work = _Work(source, names, events, diagnostics)
    trees = _decisions(work)
    decisions = in_order(trees, lambda tree: _place(work, tree), diagnostics)
    assumptions = _relations(work, source.assume, facts_only=True)
    promises = _relations(work, source.promise, facts_only=False)
    conduct = _conduct(work, tools, changing)
    _check_governs(work)
    if len(diagnostics.errors) > before:
        return None
    return CheckedRules(decisions, work.blocks, assumptions, promises, conduct, events)


@dataclass(slots=True)
class _Work:
    source: files.Policy
    names: Mapping[str, Declared]
    events: Mapping[str, str]
    diagnostics: Diagnostics
    broken: set[str] = field(default_factory=set)  # decisions whose rules have an error
    blocks: dict[str, files.BlockText] = field(default_factory=dict)  # where the rule of each decision stands

    def checker(self, at: Callable[[ast.Place], Span], facts_only: bool = False) -> Checker:
        """A checker of a text; `at` gives the place of a part of it in the file."""
        return Checker(self.names, self.events, at, self.diagnostics, facts_only)


def _place(work: _Work, tree: ast.Decide) -> Span:
    """The place of a decision's name in its rule."""
    return _place_in(work.blocks[tree.name], tree)


def _place_in(block: files.BlockText, tree: ast.Decide) -> Span:
    start = block.text.index(tree.name, tree.place[0] + len("decide"))
    return locate(block, (start, start + len(tree.name)))


def _decisions(work: _Work) -> dict[str, ast.Decide]:
    """The rule of each decision, without those that have errors.

    A decision that a policy decides again replaces the one of the policy that it extends.
    """
    declared, error = work.source.decisions, work.diagnostics.error
    trees: dict[str, ast.Decide] = {}
    decided: set[str] = set()
    for block in work.source.rules.blocks:
        parsed = parse_rules(block, work.diagnostics)
        work.broken |= parsed.broken
        checker = work.checker(partial(locate, block))
        first: dict[str, ast.Decide] = {}
        for node in parsed.statements:
            assert isinstance(node, ast.Decide)
            name = node.name
            if name in first:
                second = partial(_place_in, block)
                error(
                    "P202", f"`{name}` is decided twice", second(node), label="write an `except` under the first",
                    related=(Related(second(first[name]), "decided here"),),
                )  # fmt: skip
                continue
            first[name], work.blocks[name] = node, block
            if name not in declared:
                is_fact = name in work.source.facts
                error(
                    "P203", f"`{name}` is {'a fact, and rules decide decisions' if is_fact else 'not declared'}",
                    _place(work, node), label=did_you_mean(name, declared),
                    help="" if is_fact else "declare it under `decisions`",
                )  # fmt: skip
            elif (tree := checker.decide(node, work.names[name].sort)) is not None:
                trees[name] = tree
            else:
                work.broken.add(name)
        decided |= first.keys()
    for name, decision in declared.items():
        # a `decide` line with an error may be the rule of this decision
        if name not in decided and name not in work.broken and not work.broken - declared.keys():
            error(
                "P203", f"`{name}` has no rule", decision.name.span, label=f"write `decide {name} as …` under `rules`"
            )
    return trees


def _relations(
    work: _Work, texts: tuple[files.Text, ...], facts_only: bool
) -> tuple[tuple[files.Text, ast.Assume], ...]:
    """Assumptions, which are about facts only, or promises."""
    made = []
    for text in texts:
        node = parse_assumption(text, work.diagnostics)
        at = partial(locate_part, text.span, text.text)
        checked = None if node is None else work.checker(at, facts_only).assumption(node)
        if checked is not None:
            made.append((text, checked))
    return tuple(made)


def _conduct(
    work: _Work, tools: Collection[str] | None, changing: Collection[str]
) -> tuple[tuple[files.BlockText, ast.Require | ast.Forbid], ...]:
    before, made = len(work.diagnostics.errors), []
    for block in work.source.conduct.blocks if work.source.conduct is not None else ():
        checker = work.checker(partial(locate, block))
        for node in parse_rules(block, work.diagnostics, conduct=True).statements:
            assert isinstance(node, ast.Require | ast.Forbid)
            if tools is not None:
                _check_tools(work, block, node, tools)
            if (checked := checker.conduct(node)) is not None:
                made.append((block, checked))
    if len(work.diagnostics.errors) == before:
        check_conduct(made, changing, work.diagnostics)
    return tuple(made)


def _check_tools(work: _Work, block: files.BlockText, node: ast.Require | ast.Forbid, tools: Collection[str]) -> None:
    start = node.place[0] + len("forbid")
    steps = node.steps if isinstance(node, ast.Require) else ()
    tool = node.before if isinstance(node, ast.Require) else node.tool
    for place, name in enumerate([*steps, *([tool] if tool != ast.ANY_CHANGE else [])]):
        start = block.text.index(name, start)
        is_step = place < len(steps)
        known = [*tools, CONFIRMATION] if is_step else [*tools]
        if name not in known:
            work.diagnostics.error(
                "P218", f"there is no tool `{name}`", locate(block, (start, start + len(name))),
                label=did_you_mean(name, known),
                help="a step is a tool, or `confirmation` of the user" if is_step else "",
            )  # fmt: skip
        elif is_step and name == tool:
            work.diagnostics.error(
                "P219", f"no call of `{name}` can come before the first one", locate(block, (start, start + len(name))),
                help="a step is another tool, or `confirmation` of the user",
            )  # fmt: skip
        start += len(name)


def _check_governs(work: _Work) -> None:
    wanted: dict[str, files.PolicyType] = {"allow": "bool", "fee": "money"}
    for governed in work.source.governs.values():
        for word, name in (("allow", governed.allow), ("fee", governed.fee)):
            if name is None:
                continue
            decision = work.source.decisions.get(name.text)
            if decision is None:
                near = did_you_mean(name.text, work.source.decisions)
                work.diagnostics.error("P218", f"there is no decision `{name.text}`", name.span, label=near)
            elif decision.type != wanted[word]:
                asked, given = Sort(wanted[word]), Sort(decision.type)
                work.diagnostics.error(
                    "P218", f"`{word}` asks a decision that is {asked}, and `{name.text}` is {given}",
                    name.span, related=(Related(decision.name.span, "declared here"),),
                )  # fmt: skip
