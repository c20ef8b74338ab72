"""Values, conditions and clauses of a policy in English, made from the phrases of its facts and decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.words import amount, listed
from rlve_dsl.policy.meaning.policy import Decision, Fact, Policy

Subject: TypeAlias = Fact | Decision

_MEASURE: Mapping[str, str] = {
    "is": "{}", "is not": "not {}", "<": "less than {}", "<=": "at most {}", ">": "more than {}", ">=": "at least {}",
}  # fmt: skip
ROUNDED: Mapping[str, str] = {
    "money": "rounded to the cent, half a cent up",
    "days": "rounded to a whole day, half a day up",
    "percent": "rounded to a hundredth of a percent, half of one up",
    "number": "rounded to a whole number, a half up",
}
"""How a share of an amount of each type is rounded (`share` in `meaning/closures.py` does it)."""
_VERBS = (" is ", " are ", " was ", " were ", " has ", " can ")


def literal(node: ast.Amount, of: Subject | None = None) -> str:
    """A value of the rules in words. A word gets its label from `of`, the fact or decision whose value it is.

    >>> literal(ast.Amount(599, "money")), literal(ast.Amount("store_credit", "word"))
    ('$5.99', 'store credit')
    """
    if node.unit not in ("word", "text"):
        return amount(node.unit, node.value)
    word = str(node.value)
    return word.replace("_", " ") if of is None else of.labels.get(word, word.replace("_", " "))


def claims(decision: Decision) -> tuple[str, str]:
    """What a bool decision states when it is yes and when it is no: its labels, or its noun without `whether`."""
    said = decision.title.removeprefix("whether ")
    if said == decision.title:
        said = f"{decision.title} is yes"
    return decision.labels.get("yes") or said, decision.labels.get("no") or denied(said)


def denied(phrase: str) -> str:
    """The opposite of a phrase: `not` behind its first verb, or `it is not so that` before the phrase.

    >>> denied("a return is possible"), denied("the store pays")
    ('a return is not possible', 'it is not so that the store pays')
    """
    places = [(phrase.find(verb), verb) for verb in _VERBS if verb in phrase]
    if not places:
        return f"it is not so that {phrase}"
    at, verb = min(places)
    negated = {" has ": " has not ", " can ": " cannot "}.get(verb, f"{verb}not ")
    return phrase[:at] + negated + phrase[at + len(verb) :]


class Wording:
    """The English of one policy's rules."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    # Values ---------------------------------------------------------------------------------------------------------

    def value(self, node: ast.Value, of: Subject | None = None) -> str:
        """A value in words; `of` is the fact or decision whose value it is."""
        match node:
            case ast.Amount():
                return literal(node, of)
            case ast.Ref(name=name):
                return self._policy.named(name).title
            case ast.Arithmetic(operator=sign, left=left, right=right):
                if sign == "*" and {self._type(left), self._type(right)} == {"days", "money"}:
                    days, money = (left, right) if self._type(left) == "days" else (right, left)
                    return f"{self.value(money)} for each day of {self.value(days)}"
                word = {"+": "plus", "-": "minus", "*": "times"}[sign]
                return f"{self.value(left)} {word} {self.value(right)}"
            case ast.Share(percent=percent, of=whole):
                return f"{self.value(percent)} of {self.value(whole)} ({ROUNDED[self._type(whole)]})"

    def _type(self, node: ast.Value) -> str:
        """The type of an amount."""
        match node:
            case ast.Amount(unit=unit):
                return unit
            case ast.Ref(name=name):
                return self._policy.named(name).type
            case ast.Arithmetic(left=left, right=right):
                of = [self._type(side) for side in (left, right)]
                return "money" if "money" in of else next((type_ for type_ in of if type_ != "number"), "number")
            case ast.Share(of=whole):
                return self._type(whole)

    def subject(self, node: ast.Value) -> Subject | None:
        """The fact or decision that a value names; None for any other value."""
        return self._policy.named(node.name) if isinstance(node, ast.Ref) else None

    # Conditions -----------------------------------------------------------------------------------------------------

    def condition(self, node: ast.Condition, within: str = "") -> str:
        """A condition in words; `within` is the word that joins it with others, or empty."""
        match node:
            case ast.Joined(operator=word, conditions=conditions):
                joined = listed([self.condition(c, word) for c in conditions], word)
                if within in ("", word):
                    return joined
                return f"{'both' if word == 'and' else 'either'} {joined}"
            case ast.Not(condition=ast.Holds(ref=ref)):
                return self._holds(ref, False)
            case ast.Not(condition=ast.OneOf(wanted=wanted) as inner):
                return self._one_of(inner, not wanted)
            case ast.Not(condition=inner):
                return f"it is not so that {self.condition(inner, 'not')}"
            case ast.Holds(ref=ref):
                return self._holds(ref, True)
            case ast.Known(ref=ref, wanted=wanted):
                return f"{self._policy.named(ref.name).title} is {'known' if wanted else 'not known'}"
            case ast.OneOf(wanted=wanted):
                return self._one_of(node, wanted)
            case ast.Between(left=left, low=low, high=high):
                return self._measured(left, f"between {self.value(low)} and {self.value(high)}")
            case ast.Within(amount=limit, since=since, wanted=wanted):
                measure = _MEASURE["<=" if wanted else ">"].format(self.value(limit))
                return self._measured(ast.Ref(self._policy.events[since]), measure)
            case ast.Compare(left=left, rest=rest):
                return self._compared(left, rest)

    def _compared(self, left: ast.Value, rest: Iterable[tuple[str, ast.Value]]) -> str:
        parts = []
        for sign, right in rest:
            parts.append(self._pair(left, sign, right))
            left = right
        return listed(parts, "and")

    def _pair(self, left: ast.Value, sign: str, right: ast.Value) -> str:
        of = self.subject(left)
        if of is None and self.subject(right) is not None:  # say `0 < order.total` as `order.total > 0`
            turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(sign, sign)
            left, sign, right, of = right, turned, left, self.subject(right)
        if of is not None and of.type == "bool" and isinstance(left, ast.Ref) and isinstance(right, ast.Amount):
            return self._holds(left, (right.value == "yes") is (sign == "is"))
        words = self.value(right, of)
        if of is not None and of.type in ("enum", "text", "bool"):
            return self._stated(of, words, sign == "is")
        return self._measured(left, _MEASURE[sign].format(words))

    def _one_of(self, node: ast.OneOf, wanted: bool) -> str:
        of = self.subject(node.left)
        options = [self.value(option, of) for option in node.options]
        if of is not None and of.type in ("enum", "text"):
            return self._stated(of, listed(options, "or"), wanted)
        return self._measured(node.left, ("" if wanted else "none of ") + listed(options, "or"))

    def _holds(self, ref: ast.Ref, wanted: bool) -> str:
        decision = self._policy.decisions.get(ref.name)
        if decision is not None:
            return claims(decision)[0 if wanted else 1]
        fact = self._policy.facts[ref.name]
        phrase = fact.phrase or f"{fact.title} is yes"
        return phrase if wanted else fact.denied or denied(phrase)

    def _stated(self, of: Subject, words: str, wanted: bool) -> str:
        phrase, opposite = (of.phrase, of.denied) if isinstance(of, Fact) else ("", "")
        phrase = phrase or f"{of.title} is {{value}}"
        return (phrase if wanted else opposite or denied(phrase)).replace("{value}", words)

    def _measured(self, left: ast.Value, measure: str) -> str:
        of = self.subject(left)
        phrase = of.phrase if isinstance(of, Fact) else ""
        return (phrase or f"{self.value(left)} is {{value}}").replace("{value}", measure)

    # Clauses --------------------------------------------------------------------------------------------------------

    def clause(self, decision: Decision, clause: ast.Clause) -> str:
        """A clause as one sentence, which says what the clause adds to those before it."""
        parents = self._parents(decision, clause)
        where = [self.condition(b.when, "and") for b in parents if b.when is not None]
        if isinstance(clause.node, ast.Adjustment):
            said = self._adjustment(decision, parents, clause.node)
        else:
            said = self._branch(decision, clause, clause.node)
        sentence = f"where {listed(where, 'and')}, {said}" if where else said
        return f"{sentence[0].upper()}{sentence[1:]}."

    def _parents(self, decision: Decision, clause: ast.Clause) -> list[ast.Branch]:
        """The branches around a clause, the outermost first."""
        steps = [step for step in clause.path if not isinstance(step, str)]
        if not isinstance(clause.node, ast.Adjustment):
            steps.pop()
        found: list[ast.Branch] = []
        branches = decision.tree.layers
        for step in steps:
            found.append(branches[step])
            branches = branches[step].exceptions
        return found

    def _branch(self, decision: Decision, clause: ast.Clause, branch: ast.Branch) -> str:
        stated, conditional = self._statement(decision, branch.value)
        if clause.is_base:
            return f"{stated}, and not otherwise" if conditional else f"by default, {stated}"
        when = "" if branch.when is None else self.condition(branch.when)
        if len(clause.path) == 1:
            over = "whatever the rules before this one say"
            return f"if {when}, {stated}, {over}" if when else f"{stated}, {over}"
        return f"{stated} instead if {when}" if not conditional else f"if {when}, instead {stated}"

    def _statement(self, decision: Decision, value: ast.Value | ast.Condition) -> tuple[str, bool]:
        """What a value of the decision states, and whether it depends on a condition."""
        if decision.type == "bool":
            yes, no = claims(decision)
            match value:
                case ast.Amount(value=word):
                    return (yes if word == "yes" else no), False
                case ast.Ref():
                    return f"{yes} if {self._holds(value, True)}", True
                case ast.Arithmetic() | ast.Share():
                    raise TypeError("a bool is no sum")
            return f"{yes} if {self.condition(value)}", True
        assert isinstance(value, ast.VALUES)
        return f"{decision.title} is {self.value(value, decision)}", False

    def _adjustment(self, decision: Decision, parents: Sequence[ast.Branch], adjustment: ast.Adjustment) -> str:
        """An adjustment of the last of these branches, and when it is counted, where that makes a difference."""
        by, noun = self.value(adjustment.amount), decision.title
        if decision.type == "percent" and not _is_limit(adjustment):
            by += " (percentage points)"
        verb = "are" if by.endswith(" days") else "is"
        said = {
            "plus": f"{by} {verb} added to {noun}",
            "minus": f"{by} {verb} taken off {noun}",
            "at most": f"{noun} is at most {by}",
            "at least": f"{noun} is at least {by}",
        }[adjustment.operator]
        if adjustment.when is not None:
            said += f" if {self.condition(adjustment.when)}"
        earlier = _before(adjustment, parents[-1])
        if _is_limit(adjustment):
            if any(not _is_limit(other) for other in earlier):
                said += ", counted after what is added and taken off before"
            elif earlier:
                said += ", counted after the limits before it"
            if any(not _is_limit(other) for branch in parents[:-1] for other in branch.adjustments):
                said += ", counted before what is added and taken off in other cases too"
        elif any(_is_limit(other) for other in earlier):
            said += ", counted after the limits before it"
        return said


def _is_limit(adjustment: ast.Adjustment) -> bool:
    return adjustment.operator in ("at most", "at least")


def _before(adjustment: ast.Adjustment, branch: ast.Branch) -> list[ast.Adjustment]:
    """The adjustments that are counted before this one of a branch: those of its exceptions, then its own."""
    place = next(i for i, other in enumerate(branch.adjustments) if other is adjustment)
    return [*(a for inner in branch.exceptions for a in _all_of(inner)), *branch.adjustments[:place]]


def _all_of(branch: ast.Branch) -> list[ast.Adjustment]:
    return [*(a for inner in branch.exceptions for a in _all_of(inner)), *branch.adjustments]
