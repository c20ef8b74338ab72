"""Store policies: rules in a controlled English, checked, decided, explained and put into words.

Belongs here: what a policy says and what follows from it for given facts. Does not belong here: tools, turns, or how a
world supplies the facts.
"""

from rlve_dsl.policy.analysis import analyse
from rlve_dsl.policy.english.passages import Passage, passages
from rlve_dsl.policy.functions import PassageRow, functions_of
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.format import (
    clause_text,
    format_block,
    format_clause,
    format_condition,
    format_rules,
    format_value,
)
from rlve_dsl.policy.language.outline import Piece
from rlve_dsl.policy.language.words import amount, say, state
from rlve_dsl.policy.meaning.breakpoints import domain
from rlve_dsl.policy.meaning.changes import edges
from rlve_dsl.policy.meaning.compile import CONFIRMATION, compile_policy
from rlve_dsl.policy.meaning.policy import Assumption, Decision, Fact, Governs, Policy, Rule
from rlve_dsl.policy.meaning.ruling import Derivation, Ruling, Step
from rlve_dsl.policy.questions.given import example, read_facts
from rlve_dsl.policy.questions.situations import Depths, Known, Question, Topic, table, turning

__all__ = [
    "CONFIRMATION",
    "Assumption",
    "Decision",
    "Depths",
    "Derivation",
    "Fact",
    "Governs",
    "Known",
    "Passage",
    "PassageRow",
    "Piece",
    "Policy",
    "Question",
    "Rule",
    "Ruling",
    "Step",
    "Topic",
    "amount",
    "analyse",
    "ast",
    "clause_text",
    "compile_policy",
    "domain",
    "edges",
    "example",
    "format_block",
    "format_clause",
    "format_condition",
    "format_rules",
    "format_value",
    "functions_of",
    "passages",
    "read_facts",
    "say",
    "state",
    "table",
    "turning",
]
