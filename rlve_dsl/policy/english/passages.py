"""The text of a policy: one passage for each clause, generated from the rules or written by the author and checked."""

from __future__ import annotations

from collections.abc import Iterator

from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.frozen import frozen
from rlve_dsl.policy.english.wording import Subject, Wording, literal
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.meaning.cache import cached_by_digest
from rlve_dsl.policy.meaning.policy import Decision, Policy


@frozen
class Passage:
    """What the text of a policy says about one clause.

    Attributes:
        id: The id of the clause.
        title: What its decision is called.
        refers: What the decisions are called that the clause reads.
    """

    id: str
    decision: str
    title: str
    text: str
    refers: tuple[str, ...]


@cached_by_digest
def passages(policy: Policy) -> tuple[Passage, ...]:
    """The passages of all clauses, in the order of the rules."""
    wording = Wording(policy)
    made = []
    for decision in policy.decisions.values():
        for clause in decision.clauses:
            own = policy.spec.passages.get(clause.id)
            text = wording.clause(decision, clause) if own is None else own.text
            uses = sorted(policy.decisions.keys() & {*policy.names_in(*clause.parts)})
            refers = tuple(policy.decisions[name].title for name in uses)
            made.append(Passage(clause.id, decision.name, decision.title, text, refers))
    return tuple(made)


def check_passages(policy: Policy, diagnostics: Diagnostics) -> None:
    """Check the author's own passages: P308 where there is no such clause, or a value of the clause is not mentioned."""
    wording = Wording(policy)
    clauses = {clause.id: (decision, clause) for decision in policy.decisions.values() for clause in decision.clauses}
    for id_, text in policy.spec.passages.items():
        if id_ not in clauses:
            diagnostics.error(
                "P308", f"there is no clause `{id_}`", text.span, label=did_you_mean(id_, clauses),
                help="a clause is written as its decision, a point and its number, from 0 for the base",
            )  # fmt: skip
            continue
        decision, clause = clauses[id_]
        written = text.text.casefold()
        missing = [word for word in _values(wording, decision, clause) if word.casefold() not in written]
        if missing:
            listed = " and ".join(f"`{word}`" for word in missing)
            diagnostics.error(
                "P308", f"the passage of `{id_}` does not mention {listed}", text.span,
                help=f"the clause says: {wording.clause(decision, clause)}",
            )  # fmt: skip


def _values(wording: Wording, decision: Decision, clause: ast.Clause) -> list[str]:
    """The values of a clause in words, each once, without `yes` and `no`; `rounded` where it takes a share."""
    amounts = (pair for part in clause.parts for pair in _amounts(wording, part, decision))
    values = dict.fromkeys(literal(amount, of) for amount, of in amounts if amount.value not in ("yes", "no"))
    return [*values, *(["rounded"] if any(map(_takes_a_share, clause.parts)) else [])]


def _takes_a_share(node: ast.Node) -> bool:
    return isinstance(node, ast.Share) or any(map(_takes_a_share, ast.children(node)))


def _amounts(wording: Wording, node: ast.Node, of: Subject) -> Iterator[tuple[ast.Amount, Subject]]:
    """Each amount in a part of a clause, with the fact or decision whose value it is."""
    match node:
        case ast.Amount():
            yield node, of
        case ast.Compare(left=left, rest=rest):
            of = next((s for side in (left, *(right for _, right in rest)) if (s := wording.subject(side))), of)
        case ast.OneOf(left=left):
            of = wording.subject(left) or of
    for child in ast.children(node):
        yield from _amounts(wording, child, of)
