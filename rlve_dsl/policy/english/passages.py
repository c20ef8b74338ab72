"""The text of a policy: one passage a clause, generated from the rules or written by the author and checked.

Belongs here: the passages and what is checked of an author's own. The English of a clause is made in `wording`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.policy.english.wording import Wording, literal, noun_of_decision
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.meaning.breakpoints import named_in, parts_of
from rlve_dsl.policy.meaning.cache import once_a_policy

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Decision, Policy


@dataclass(frozen=True, slots=True)
class Passage:
    """What the store's policy text says of one clause.

    `id` is the clause's, `title` what its decision is called, `refers` what the decisions are called that it names.
    """

    id: str
    decision: str
    title: str
    text: str
    refers: tuple[str, ...]


@once_a_policy
def passages(policy: Policy) -> tuple[Passage, ...]:
    """Every clause as a passage, in the order of the rules; made once a process."""
    wording = Wording(policy)
    made = []
    for decision in policy.decisions.values():
        for clause in decision.clauses:
            own = policy.spec.passages.get(clause.id)
            text = wording.clause(decision, clause) if own is None else own.text
            refers = tuple(noun_of_decision(policy.decisions[name]) for name in _uses(policy, clause))
            made.append(Passage(clause.id, decision.name, noun_of_decision(decision), text, refers))
    return tuple(made)


def check_passages(policy: Policy, diagnostics: Diagnostics) -> None:
    """Add what is wrong with the author's own passages: P308 for one of no clause, or one that leaves out a value."""
    clauses = {clause.id: (decision, clause) for decision in policy.decisions.values() for clause in decision.clauses}
    for id_, text in policy.spec.passages.items():
        if id_ not in clauses:
            diagnostics.error(
                "P308", f"there is no clause `{id_}`", text.span, label=did_you_mean(id_, clauses),
                help="a clause is written as its decision, a point and its number, from 0 for the base",
            )  # fmt: skip
            continue
        decision, clause = clauses[id_]
        said = text.text.casefold()
        missing = [word for word in _values(policy, decision, clause) if word.casefold() not in said]
        if missing:
            listed = " and ".join(f"`{word}`" for word in missing)
            diagnostics.error(
                "P308", f"the passage of `{id_}` does not mention {listed}", text.span,
                help=f"the clause says: {Wording(policy).clause(decision, clause)}",
            )  # fmt: skip


def _uses(policy: Policy, clause: ast.Clause) -> list[str]:
    return sorted({n for part in parts_of(clause.node) for n in named_in(policy, part) if n in policy.decisions})


def _values(policy: Policy, decision: Decision, clause: ast.Clause) -> list[str]:
    """The values of a clause in words, each once; yes and no aside, which a sentence says by what it states."""
    found: dict[str, None] = {}
    for part in parts_of(clause.node):
        for amount, of in _amounts(policy, part, decision):
            if amount.value not in ("yes", "no"):
                found[literal(amount, of)] = None
    return list(found)


def _amounts(policy: Policy, node: ast.Node, of: object) -> Iterator[tuple[ast.Amount, object]]:
    """Every value written in a part of a clause, with the fact or decision whose value it is."""
    match node:
        case ast.Amount():
            yield node, of
        case ast.Arithmetic(left=left, right=right):
            yield from _amounts(policy, left, of)
            yield from _amounts(policy, right, of)
        case ast.Share(percent=percent, of=whole):
            yield from _amounts(policy, percent, of)
            yield from _amounts(policy, whole, of)
        case ast.Compare(left=left, rest=rest):
            named = [subject for side in (left, *(r for _, r in rest)) if (subject := _subject(policy, side))]
            for side in (left, *(right for _, right in rest)):
                yield from _amounts(policy, side, named[0] if named else of)
        case ast.OneOf(left=left, options=options):
            for side in (left, *options):
                yield from _amounts(policy, side, _subject(policy, left) or of)
        case ast.Between(left=left, low=low, high=high):
            for side in (left, low, high):
                yield from _amounts(policy, side, of)
        case ast.Within(amount=amount):
            yield from _amounts(policy, amount, of)
        case ast.Not(condition=condition):
            yield from _amounts(policy, condition, of)
        case ast.Joined(conditions=conditions):
            for condition in conditions:
                yield from _amounts(policy, condition, of)


def _subject(policy: Policy, node: ast.Value) -> object | None:
    if not isinstance(node, ast.Ref):
        return None
    return policy.decisions.get(node.name) or policy.facts.get(node.name)
