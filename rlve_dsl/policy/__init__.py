"""Store policies: rules in a controlled English that are checked, decided, explained and put into words.

The text of rules is in `language`, names and types in `checking`, decisions in `meaning`, sentences in `english`, questions in
`questions`, and the checks by a solver in `analysis`. How a world supplies the facts is not here.
"""

from rlve_dsl.policy.analysis.checks import analyse
from rlve_dsl.policy.checking.conduct import CONFIRMATION
from rlve_dsl.policy.english.passages import Passage, passages
from rlve_dsl.policy.functions import PassageRow, functions_of
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.format import format_block
from rlve_dsl.policy.language.words import amount, say
from rlve_dsl.policy.meaning.changes import edges
from rlve_dsl.policy.meaning.compile import compile_policy
from rlve_dsl.policy.meaning.policy import Assumption, Decision, Fact, Governs, Policy, Rule, domain
from rlve_dsl.policy.meaning.ruling import Derivation, Ruling, Step
from rlve_dsl.policy.questions.given import example, read_facts
from rlve_dsl.policy.questions.questions import Depths, Question, SituationFact, Topic, table, turning

__all__ = [
    "CONFIRMATION",
    "Assumption",
    "Decision",
    "Depths",
    "Derivation",
    "Fact",
    "Governs",
    "Passage",
    "PassageRow",
    "Policy",
    "Question",
    "Rule",
    "Ruling",
    "SituationFact",
    "Step",
    "Topic",
    "amount",
    "analyse",
    "ast",
    "compile_policy",
    "domain",
    "edges",
    "example",
    "format_block",
    "functions_of",
    "passages",
    "read_facts",
    "say",
    "table",
    "turning",
]
