"""Clauses that list what one question asks for: "how much do price, rating and brand count?".

Belongs here: lists of criteria and of other things in a question. Does not belong here: lists of questions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rlve_dsl.english import stem
from rlve_dsl.user.understanding.broad import asks_for_weights, names_a_criterion
from rlve_dsl.user.understanding.choice import Choice
from rlve_dsl.user.understanding.fitting import Fit
from rlve_dsl.user.understanding.forms import WH
from rlve_dsl.user.understanding.judging import BAR, SURE
from rlve_dsl.user.understanding.profiles import Profiles

_ASKS_WHAT = re.compile(r"\bwh(?:at|ich)\b|\bhow\b")
_MOST = frozenset(["most", "matter", "matters", "important", "count", "counts", "first"])


def join_lists(profiles: Profiles, asking: list[Choice], fits: Sequence[Fit]) -> None:
    """ "How much do price, rating and brand count?": clauses with the things that one question lists ask it together."""
    for subject, traits in enumerate(profiles.traits):
        if not traits.listed:
            continue
        weighs = subject in profiles.weighed
        having = [
            i
            for i, clause in enumerate(asking)
            if traits.listed & set(map(stem, clause.span.words))
            or (weighs and max(fits[i].scores) < SURE and names_a_criterion(clause.span.words))
        ]
        bare = [i for i in having if is_short(asking[i], 6)]
        if weighs and len(bare) >= 3:
            bare = [
                i for i, c in enumerate(asking) if i in bare or (is_short(c, 6) and names_a_criterion(c.span.words))
            ]
            having = sorted({*having, *bare})
        surely = max(fit.scores[subject] for fit in fits) >= BAR
        if len(bare) >= 3 or (surely and len(bare) >= 2):
            first = having[0] if having[0] + 1 in bare or having[0] in bare else bare[0]
            for clause in asking[first : bare[-1] + 1]:
                clause.kind, clause.subjects = "question", (subject,)
                clause.why = "it lists what one question lists"


def join_general(profiles: Profiles, asking: Sequence[Choice]) -> None:
    """ "What matters most: price, rating or brand?" asks for their weights, and not for whatever is open."""
    for clause, after in pairwise(asking):
        most = not _MOST.isdisjoint(clause.span.words)
        if most and clause.kind == "general" and after.subjects and set(after.subjects) <= set(profiles.weighed):
            clause.kind, clause.subjects, clause.why = "question", after.subjects, "it lists criteria"


def join_criteria(profiles: Profiles, asking: Sequence[Choice]) -> None:
    """ "How much do price and rating count?": clauses that go on with criteria ask for the weights too."""
    weighed = tuple(profiles.weighed)
    if len(weighed) != 1:
        return
    for before, clause in pairwise(asking):
        short = is_short(clause, 8) and names_a_criterion(clause.span.words)
        text = " ".join(before.span.words)
        opens = _ASKS_WHAT.search(text) and names_a_criterion(before.span.words) and len(before.span.words) <= 8
        if short and (
            before.subjects == weighed or (opens and asks_for_weights((*before.span.words, *clause.span.words)))
        ):
            for one in (before, clause):
                one.kind, one.subjects, one.why = "question", weighed, "it lists criteria"


def is_short(clause: Choice, most: int) -> bool:
    """Whether a clause has few words and no question word."""
    return len(clause.span.words) <= most and WH.search(" ".join(clause.span.words)) is None
