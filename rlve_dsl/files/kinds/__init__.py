"""The typed content of each kind of file: frozen, with the span of everything an author wrote.

Belongs here: nouns only. Whether an expression parses or a name exists is the compiler's to say; that a key exists and
holds the right sort of YAML is settled before one of these is built.
"""

from __future__ import annotations

from rlve_dsl.files.kinds.axes import Axes, Axis, Levels, Role
from rlve_dsl.files.kinds.catalog import (
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
from rlve_dsl.files.kinds.chain import Chain, Chaining
from rlve_dsl.files.kinds.collection import Collection, Curriculum, Training
from rlve_dsl.files.kinds.conversation import Conversation, Fact, Reaction
from rlve_dsl.files.kinds.environment import AnswerField, Definition, Environment
from rlve_dsl.files.kinds.policy import Governed, Policy, PolicyDecision, PolicyFact, PolicyType
from rlve_dsl.files.kinds.reward import HardFailure, Reward, Term
from rlve_dsl.files.kinds.solution import Action, Ask, Call, Finish, ForEach, NextTurn, Repeat, Value
from rlve_dsl.files.kinds.texts import BlockText, ExpressionText, Name, Raw, Reference, TemplateText, Text
from rlve_dsl.files.kinds.user import Draw, User
from rlve_dsl.files.kinds.world import Event, Loop, Step

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
