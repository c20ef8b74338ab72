"""The expression language: types, grammar, checking, compilation to Python code, templates, built-in functions.

Belongs here: text in, typed functions out. Does not belong here: YAML, or what the names of a scenario mean.
"""

from rlve_dsl.expressions.arguments import Arguments, check_count, check_share, compile_arguments
from rlve_dsl.expressions.bounds import LARGEST_INT, bounded
from rlve_dsl.expressions.calls import python_name
from rlve_dsl.expressions.code import Code
from rlve_dsl.expressions.compile import compile_expression
from rlve_dsl.expressions.declare import (
    Each,
    Function,
    Lambda,
    Parameter,
    Signature,
    check_names,
    function,
    signature_of,
)
from rlve_dsl.expressions.display import show
from rlve_dsl.expressions.evaluation import EvaluationError, nested, one_budget, spend
from rlve_dsl.expressions.format import format_expression
from rlve_dsl.expressions.functions import FUNCTIONS, KEEP_ORDER
from rlve_dsl.expressions.mismatch import IsSound, is_sound, mismatch, no_number, shown
from rlve_dsl.expressions.mistakes import KEYWORDS
from rlve_dsl.expressions.parse import called_in, joined_in, parse
from rlve_dsl.expressions.program import Program, Statement
from rlve_dsl.expressions.scope import Definition, Expression, Scope, computed
from rlve_dsl.expressions.template import Hole, Segment, Template, called_in_template, compile_template, shared_segment
from rlve_dsl.expressions.types import Cents, Days, LineId, OrderId, ProductId, Share, Type, VariantId, type_of
from rlve_dsl.expressions.walk import names_known

__all__ = [
    "FUNCTIONS",
    "KEEP_ORDER",
    "KEYWORDS",
    "LARGEST_INT",
    "Arguments",
    "Cents",
    "Code",
    "Days",
    "Definition",
    "Each",
    "EvaluationError",
    "Expression",
    "Function",
    "Hole",
    "IsSound",
    "Lambda",
    "LineId",
    "OrderId",
    "Parameter",
    "ProductId",
    "Program",
    "Scope",
    "Segment",
    "Share",
    "Signature",
    "Statement",
    "Template",
    "Type",
    "VariantId",
    "bounded",
    "called_in",
    "called_in_template",
    "check_count",
    "check_names",
    "check_share",
    "compile_arguments",
    "compile_expression",
    "compile_template",
    "computed",
    "format_expression",
    "function",
    "is_sound",
    "joined_in",
    "mismatch",
    "names_known",
    "nested",
    "no_number",
    "one_budget",
    "parse",
    "python_name",
    "shared_segment",
    "show",
    "shown",
    "signature_of",
    "spend",
    "type_of",
]
