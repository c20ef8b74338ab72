"""Rules of conduct beside each other: those that no agent can keep together, and those that say nothing beside another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics, Related, Span
from rlve_dsl.frozen import frozen
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.lines import locate

CONFIRMATION = "confirmation"

Conduct = Sequence[tuple[files.BlockText, ast.Require | ast.Forbid]]


@frozen
class _Rule:
    """A rule and its place; `tools` are those whose calls it is about, and `any change` by this name."""

    node: ast.Require | ast.Forbid
    text: str
    span: Span
    tools: frozenset[str]

    @property
    def steps(self) -> tuple[str, ...]:
        return self.node.steps if isinstance(self.node, ast.Require) else ()

    @property
    def target(self) -> str:
        return self.node.before if isinstance(self.node, ast.Require) else self.node.tool

    @property
    def always_applies(self) -> bool:
        return self.node.when is None and self.node.unless is None

    @property
    def forbids_all(self) -> bool:
        """Whether it forbids every call that it is about."""
        return isinstance(self.node, ast.Forbid) and not self.node.twice and self.always_applies


def check_conduct(conduct: Conduct, changing: Collection[str], diagnostics: Diagnostics) -> None:
    """Report each rule that does not go with those before it, which are shown with it.

    P302, a warning, where one of two rules says nothing beside the other. P219 where no agent can keep the rules together: a call can
    never be made, because each step before it is forbidden or can only come after it. For this, rules count that always apply.

    Args:
        changing: The tools that change something, as far as they are known.
    """
    rules = [_rule(block, node, changing) for block, node in conduct]
    said = [rule for number, rule in enumerate(rules) if not _says_nothing(rule, rules[:number], diagnostics)]
    wanted = [rule for rule in said if rule.always_applies and (rule.steps or rule.forbids_all)]
    if not _Calls(wanted).impossible:
        return
    sound: list[_Rule] = []
    for rule in wanted:
        calls = _Calls([*sound, rule])
        if calls.impossible:
            _report(rule, calls, diagnostics)
        else:
            sound.append(rule)


def _rule(block: files.BlockText, node: ast.Require | ast.Forbid, changing: Collection[str]) -> _Rule:
    target = node.before if isinstance(node, ast.Require) else node.tool
    tools = {target, *changing} if target == ast.ANY_CHANGE else {target}
    text = " ".join(block.text[slice(*node.place)].split())
    return _Rule(node, text, locate(block, node.place), frozenset(tools))


def _says_nothing(rule: _Rule, before: Sequence[_Rule], diagnostics: Diagnostics) -> bool:
    """Whether a rule says nothing beside those before it. P302 for it, or where those before it say nothing beside it."""
    same = next((other for other in before if other.node == rule.node), None)
    wider = next((other for other in before if other.forbids_all and rule.tools <= other.tools), None)
    beside = same or wider
    if beside is not None:
        why = "it is there twice" if same else "all these calls are forbidden"
        diagnostics.warning(
            "P302", f"`{rule.text}` says nothing: {why}", rule.span, related=(Related(beside.span, "the other rule"),)
        )
        return True
    idle = [other for other in before if other.tools <= rule.tools] if rule.forbids_all else []
    if idle:
        shown = tuple(Related(other.span, "this one") for other in idle)
        diagnostics.warning(
            "P302", f"beside `{rule.text}`, a rule before it says nothing: all its calls are forbidden", rule.span,
            related=shown,
        )  # fmt: skip
    return False


class _Calls:
    """Which calls can be made by an agent that keeps these rules, which always apply.

    Attributes:
        impossible: The tools whose calls are not forbidden and can never be made.
    """

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self.rules = rules
        self.forbidden = frozenset[str]().union(*(rule.tools for rule in rules if not rule.steps))
        wanting = [rule for rule in rules if rule.steps]
        self._made = self._makeable(wanting)
        self.impossible = frozenset[str]().union(*(rule.tools for rule in wanting)) - self.forbidden - self._made

    def _makeable(self, wanting: Sequence[_Rule]) -> frozenset[str]:
        """The calls that can be made, found in an order in which they can: each rule is met by the first of its steps."""
        open_rules = Counter(tool for rule in wanting for tool in rule.tools)
        waiting: defaultdict[str, list[_Rule]] = defaultdict(list)
        for rule in wanting:
            for step in dict.fromkeys(rule.steps):
                waiting[step].append(rule)
        ready = [name for name in waiting if not open_rules[name] and name not in self.forbidden]
        made: set[str] = set()
        met: set[int] = set()
        while ready:
            made.add(name := ready.pop())
            for rule in waiting[name]:
                if id(rule) in met:
                    continue
                met.add(id(rule))
                for tool in rule.tools:
                    open_rules[tool] -= 1
                    if not open_rules[tool] and tool not in self.forbidden:
                        ready.append(tool)
        return frozenset(made)

    def unmet(self, tool: str) -> _Rule:
        """A rule that makes the calls of a tool impossible."""
        return next(
            rule for rule in self.rules if rule.steps and tool in rule.tools and not self._made.intersection(rule.steps)
        )

    def forbidding(self, tool: str) -> _Rule:
        """The rule that forbids a tool."""
        return next(rule for rule in self.rules if not rule.steps and tool in rule.tools)


def _report(rule: _Rule, calls: _Calls, diagnostics: Diagnostics) -> None:
    """P219 for the last of some rules, with those that together with it make a call impossible."""
    if rule.steps:
        tool = rule.target
    else:  # a call just after one that is forbidden now
        tool = next(r.target for r in calls.rules if r.target in calls.impossible and rule.tools.intersection(r.steps))
    found: dict[_Rule, None] = {}
    forbidden, circle, seen, below = False, False, {tool}, [tool]
    while below:
        unmet = calls.unmet(below.pop(0))
        found[unmet] = None
        for step in unmet.steps:
            if step in calls.forbidden:
                found[calls.forbidding(step)] = None
                forbidden = True
            elif step in seen:
                circle = True
            else:
                seen.add(step)
                below.append(step)
    ways = [*(["is forbidden"] if forbidden else []), *(["can only come after it"] if circle else [])]
    call = "no change" if tool == ast.ANY_CHANGE else f"no call of `{tool}`"
    diagnostics.error(
        "P219", f"{call} can keep the rules: what has to come before it {' or '.join(ways)}", rule.span,
        related=tuple(Related(other.span, "together with this rule") for other in found if other is not rule),
        help="leave one of the rules out, or say when it applies",
    )  # fmt: skip
