"""Store policies: rules in a controlled English, checked, decided, explained and put into words.

Belongs here: what a policy says and what follows from it for given facts. Does not belong here: tools, turns, or how a
world supplies the facts.
"""

from rlve_dsl.policy import ast
from rlve_dsl.policy.compile import compile_policy
from rlve_dsl.policy.policy import Assumption, Decision, Fact, Governs, Policy, Rule
from rlve_dsl.policy.ruling import Derivation, Ruling, Step
from rlve_dsl.policy.words import amount, say, state

__all__ = [
    "Assumption",
    "Decision",
    "Derivation",
    "Fact",
    "Governs",
    "Policy",
    "Rule",
    "Ruling",
    "Step",
    "amount",
    "ast",
    "compile_policy",
    "say",
    "state",
]
