"""Store policies: rules in a controlled English, checked, decided, explained and put into words.

Belongs here: what a policy says and what follows from it for given facts. Does not belong here: tools, turns, or how a
world supplies the facts.
"""

from rlve_dsl.policy import ast
from rlve_dsl.policy.compile import compile_policy
from rlve_dsl.policy.format import (
    clause_text,
    format_block,
    format_clause,
    format_condition,
    format_rules,
    format_value,
)
from rlve_dsl.policy.given import example, read_facts
from rlve_dsl.policy.outline import Piece
from rlve_dsl.policy.policy import Assumption, Decision, Fact, Governs, Policy, Rule
from rlve_dsl.policy.ruling import Derivation, Ruling, Step
from rlve_dsl.policy.words import amount, say, state

__all__ = [
    "Assumption",
    "Decision",
    "Derivation",
    "Fact",
    "Governs",
    "Piece",
    "Policy",
    "Rule",
    "Ruling",
    "Step",
    "amount",
    "ast",
    "clause_text",
    "compile_policy",
    "example",
    "format_block",
    "format_clause",
    "format_condition",
    "format_rules",
    "format_value",
    "read_facts",
    "say",
    "state",
]
