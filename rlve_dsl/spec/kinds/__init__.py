"""The typed content of each kind of file: frozen, with the span of everything an author wrote.

Belongs here: nouns only. Whether an expression parses or a name exists is the compiler's to say; that a key exists and
holds the right sort of YAML is settled before one of these is built.
"""

from __future__ import annotations

from rlve_dsl.spec.kinds.axes import Axes, Axis, Levels, Role
from rlve_dsl.spec.kinds.catalog import (
    Attribute,
    Catalog,
    Department,
    Ids,
    ImportedAttribute,
    ImportedVariants,
    Location,
    PriceRange,
    ProductType,
    Project,
    Rows,
    VariantPool,
)
from rlve_dsl.spec.kinds.chain import Chain, Chaining
from rlve_dsl.spec.kinds.collection import Collection, Curriculum, Training
from rlve_dsl.spec.kinds.conversation import Conversation, Fact, Reaction
from rlve_dsl.spec.kinds.environment import AnswerField, Definition, Environment
from rlve_dsl.spec.kinds.policy import Governed, Policy, PolicyDecision, PolicyFact, PolicyType
from rlve_dsl.spec.kinds.reward import HardFailure, Reward, Term
from rlve_dsl.spec.kinds.solution import Action, Ask, Call, Finish, ForEach, NextTurn, Repeat, Value
from rlve_dsl.spec.kinds.texts import BlockText, ExpressionText, Name, Raw, Reference, TemplateText, Text
from rlve_dsl.spec.kinds.user import Draw, User
from rlve_dsl.spec.kinds.world import Event, Loop, Step

Kind = Axes | Reward | Catalog | User | Policy | Environment | Chain | Collection

__all__ = [
    "Action",
    "AnswerField",
    "Ask",
    "Attribute",
    "Axes",
    "Axis",
    "BlockText",
    "Call",
    "Catalog",
    "Chain",
    "Chaining",
    "Collection",
    "Conversation",
    "Curriculum",
    "Definition",
    "Department",
    "Draw",
    "Environment",
    "Event",
    "ExpressionText",
    "Fact",
    "Finish",
    "ForEach",
    "Governed",
    "HardFailure",
    "Ids",
    "ImportedAttribute",
    "ImportedVariants",
    "Kind",
    "Levels",
    "Location",
    "Loop",
    "Name",
    "NextTurn",
    "Policy",
    "PolicyDecision",
    "PolicyFact",
    "PolicyType",
    "PriceRange",
    "ProductType",
    "Project",
    "Raw",
    "Reaction",
    "Reference",
    "Repeat",
    "Reward",
    "Role",
    "Rows",
    "Step",
    "TemplateText",
    "Term",
    "Text",
    "Training",
    "User",
    "Value",
    "VariantPool",
]
