"""What to do in some case: "if it is sold out, which other one …", "only two are left; which ones would you take?".

Belongs here: clauses that name a case, and the questions that belong to them. Does not belong here: any other question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rlve_dsl.user.understanding.broad import asks_in_case_of_lack, states_a_lack
from rlve_dsl.user.understanding.choice import Choice
from rlve_dsl.user.understanding.profiles import Profiles

_CASE = re.compile(r"^(?:(?:and|or|so|but|also) )*(?:if|in case|should|when|once|in the event|where)\b")
_ASKS_WHAT = re.compile(r"\bwh(?:at|ich)\b|\bhow\b")
_BRIEF = 4  # words of "which product then", which asks for what it is instead
_INSTEAD = frozenset(
    [
        "instead", "another", "other", "else", "alternative", "different", "skip", "then", "otherwise", "rest", "accept", "settle",
        "replace", "substitute",
    ]
)  # fmt: skip


def join_cases(profiles: Profiles, asking: list[Choice]) -> bool:
    """Whether a case that no fact is about settles what a sentence asks.

    "If it is sold out, which colour …": both clauses ask what to do in that case, and nothing else.
    """
    for place, clause in enumerate(asking):
        beside = place + 1 if place + 1 < len(asking) else place - 1
        a_case = beside >= 0 and _CASE.search(" ".join(clause.span.words)) is not None
        if a_case and asks_in_case_of_lack(clause.span.words) and _in_case(profiles, clause, asking):
            return True
        if a_case and is_conditional(profiles, asking[beside]):
            clause.kind, clause.subjects, clause.why = "talk", (), "it is the condition of a question"
        conditional = is_conditional(profiles, clause)
        text = " ".join(clause.span.words)
        if not conditional or not _CASE.search(text) or _ASKS_WHAT.search(text):
            continue
        if beside >= 0 and asking[beside].kind != "go_ahead":
            other = asking[beside]
            other.kind, other.subjects, other.why = "question", clause.subjects, "it says what to do in that case"
    return False


def follow_a_lack(profiles: Profiles, clauses: Sequence[Choice], before: Sequence[Choice]) -> None:
    """ "Only two are left. Which other ones would you take?": what to do instead, after a statement that something lacks."""
    if not profiles.conditional or not before or any(clause.span.asks for clause in before):
        return
    asking = [clause for clause in clauses if clause.span.asks and clause.kind != "go_ahead"]
    if not asking or any(is_conditional(profiles, clause) for clause in asking):
        return
    words = words_in(asking)
    if states_a_lack(words_in(before)) and (len(words) <= _BRIEF or not _INSTEAD.isdisjoint(words)):
        asking[-1].kind, asking[-1].subjects = "question", tuple(profiles.conditional)
        asking[-1].why = "it says what to do in that case"


def follow_a_supposition(profiles: Profiles, clauses: Sequence[Choice], asking: Sequence[Choice]) -> None:
    """ "Suppose we could not do that: is there another one?": a statement may be the condition of a question."""
    if not profiles.conditional or any(is_conditional(profiles, clause) for clause in asking):
        return
    if any(not c.span.asks and asks_in_case_of_lack(c.span.words) for c in clauses):
        last = asking[-1]
        last.kind, last.subjects = "question", tuple(profiles.conditional)
        last.why = "it says what to do in that case"


def _in_case(profiles: Profiles, case: Choice, asking: Sequence[Choice]) -> bool:
    """ "If Friday is not possible, which other day …" asks what to do then, and not for the day."""
    if profiles.conditional or all(other.kind == "go_ahead" for other in asking if other is not case):
        return False
    unheld = any(traits.conditional for traits in profiles.traits)
    for other in asking:
        other.kind, other.subjects = "no_view" if unheld else "unclear", ()
        other.why = "no fact says what to do in that case"
    case.kind, case.why = "talk", "it is the condition of a question"
    return True


def is_conditional(profiles: Profiles, clause: Choice) -> bool:
    return any(profiles.traits[subject].conditional for subject in clause.subjects)


def words_in(clauses: Sequence[Choice]) -> tuple[str, ...]:
    """The words of clauses."""
    return tuple(word for clause in clauses for word in clause.span.words)
