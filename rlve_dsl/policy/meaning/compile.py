"""Compiles a Policy file: checks its rules and makes their functions."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.policy.checking.rules import CheckedRules, check_rules
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.format import format_rules
from rlve_dsl.policy.language.lines import locate
from rlve_dsl.policy.language.words import Facts
from rlve_dsl.policy.meaning.closures import Closures, Evaluation, Run, Test
from rlve_dsl.policy.meaning.policy import Assumption, Decision, Fact, Governs, Policy, Promise, Rule
from rlve_dsl.policy.meaning.walk import Walk


def compile_policy(
    source: files.Policy,
    diagnostics: Diagnostics,
    tools: Collection[str] | None = None,
    changing: Collection[str] = (),
) -> Policy | None:
    """Compile a policy.

    Args:
        diagnostics: Gets every problem.
        tools: The tools that rules of conduct may name; None for any.
        changing: Those of them that change something, as far as they are known.

    Returns:
        The policy, or None where it has errors.
    """
    rules = check_rules(source, diagnostics, tools, changing)
    return None if rules is None else _Compilation(source, rules).policy()


class _Compilation:
    """What compiled rules share: the decisions so far, and the walk that makes their functions."""

    def __init__(self, source: files.Policy, rules: CheckedRules) -> None:
        self._source = source
        self._rules = rules
        self._decisions: dict[str, Decision] = {}
        self._walk = Walk(self._decisions, rules.events, Closures())

    def policy(self) -> Policy:
        source, rules = self._source, self._rules
        runs: dict[str, Run] = {}
        for name, tree in rules.decisions.items():
            self._decisions[name] = self._decision(tree)
            runs[name] = self._walk.decision(name)
        return Policy(
            name=source.name.text,
            digest=_digest(
                source, [*(rules.decisions[name] for name in source.decisions), *(node for _, node in rules.conduct)]
            ),
            spec=source,
            facts=MappingProxyType({name: _fact(fact) for name, fact in source.facts.items()}),
            decisions=MappingProxyType(self._decisions),
            events=MappingProxyType(rules.events),
            assumptions=tuple(self._assumption(text, node) for text, node in rules.assumptions),
            promises=tuple(Promise(node, text.text, text.span) for text, node in rules.promises),
            governs=MappingProxyType(
                {tool: Governs(_name(of.allow), _name(of.fee)) for tool, of in source.governs.items()}
            ),
            conduct=tuple(self._rule(number, block, node) for number, (block, node) in enumerate(rules.conduct)),
            runs=MappingProxyType(runs),
        )

    def _decision(self, tree: ast.Decide) -> Decision:
        declared = self._source.decisions[tree.name]
        facts, uses = self._reads(tree)
        return Decision(
            tree.name, declared.type, declared.name.span, tree, tuple(ast.clauses(tree)), facts, uses,
            facts=self._all_facts(facts, uses), uses=uses.union(*(self._decisions[name].uses for name in uses)),
            source=self._rules.blocks[tree.name], values=declared.values, noun=declared.noun.text if declared.noun else "",
            ask=declared.ask.text if declared.ask else "", labels=declared.labels,
        )  # fmt: skip

    def _assumption(self, text: files.Text, node: ast.Assume) -> Assumption:
        condition, only_when = self._test(node.condition), self._test(node.only_when)

        def holds(facts: Facts) -> bool | None:
            evaluation = Evaluation(facts)
            first = condition(evaluation)
            if node.only_when is None or first is False:
                return first if node.only_when is None else True
            second = only_when(evaluation)
            return True if second else (None if first is None or second is None else False)

        return Assumption(node, text.text, text.span, self._reads(node)[0], holds)

    def _rule(self, number: int, block: files.BlockText, node: ast.Require | ast.Forbid) -> Rule:
        when, unless = self._test(node.when), self._test(node.unless)

        def applies(facts: Facts) -> bool:
            evaluation = Evaluation(facts)
            return when(evaluation) is True and (node.unless is None or unless(evaluation) is not True)

        text = " ".join(block.text[slice(*node.place)].split())
        facts = self._all_facts(*self._reads(node.when, node.unless))
        return Rule(f"conduct.{number}", text, node, locate(block, node.place), facts, applies)

    def _test(self, condition: ast.Condition | None) -> Test:
        """A condition as a function; always true where there is none."""
        return (lambda evaluation: True) if condition is None else self._walk.condition(condition)

    def _reads(self, *nodes: ast.Node | None) -> tuple[frozenset[str], frozenset[str]]:
        """The facts and the decisions that parts of rules read."""
        pairs = [pair for node in nodes if node is not None for pair in ast.names(node)]
        names = frozenset(name if kind == "name" else self._rules.events[name] for kind, name in pairs)
        return names & self._source.facts.keys(), names - self._source.facts.keys()

    def _all_facts(self, facts: frozenset[str], uses: frozenset[str]) -> frozenset[str]:
        return facts.union(*(self._decisions[name].facts for name in uses))


def _fact(fact: files.PolicyFact) -> Fact:
    def text(template: files.TemplateText | None) -> str:
        return template.text if template is not None else ""

    return Fact(
        fact.name.text, fact.type, fact.name.span, fact.values, fact.low, fact.high,
        since=fact.since.text if fact.since else "", phrase=text(fact.phrase), denied=text(fact.denied),
        says=text(fact.says), denies=text(fact.denies), ask=text(fact.ask), labels=fact.labels, unit=fact.unit,
    )  # fmt: skip


def _name(name: files.Name | None) -> str | None:
    return None if name is None else name.text


def _digest(source: files.Policy, statements: Sequence[ast.Statement]) -> str:
    """A hash of everything that the file says, without places, comments and the layout of rules.

    Promises are not in it: they follow from the rules, or are refuted.
    """

    def plain(value: object) -> object:
        if isinstance(value, Mapping):
            return [[key, plain(item)] for key, item in value.items()]
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        slots = getattr(type(value), "__dataclass_fields__", None)
        if slots is None:
            return value
        return [plain(getattr(value, name)) for name in slots if name not in ("span", "rules", "conduct", "promise")]

    content = [plain(source), format_rules(statements)]
    return sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
