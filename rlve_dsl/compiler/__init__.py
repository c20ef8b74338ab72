"""From typed specs to a compiled scenario.

Belongs here: names resolved, types checked, expressions lowered, worlds drawn. Does not belong here: turns, agents, or
the name of any environment.
"""

from rlve_dsl.compiler.bindings import Binding
from rlve_dsl.compiler.chain import CompiledChain
from rlve_dsl.compiler.conversation import FactPlan, ReactionPlan
from rlve_dsl.compiler.drawing import Drawn, DrawnPart, draw_world
from rlve_dsl.compiler.environment import PASSES, CompiledEnvironment, EventPlan
from rlve_dsl.compiler.loader import Loader, load_any
from rlve_dsl.compiler.outcome import TOOL_BUDGET, TURN_BUDGET
from rlve_dsl.compiler.scenario import STANDARD, CompiledScenario, alone, check_part, compile, compile_collection
from rlve_dsl.compiler.solution import Again, Answer, AskFor, Bind, CallTool, Loop, Statement, WaitTurn

__all__ = [
    "PASSES",
    "STANDARD",
    "TOOL_BUDGET",
    "TURN_BUDGET",
    "Again",
    "Answer",
    "AskFor",
    "Bind",
    "Binding",
    "CallTool",
    "CompiledChain",
    "CompiledEnvironment",
    "CompiledScenario",
    "Drawn",
    "DrawnPart",
    "EventPlan",
    "FactPlan",
    "Loader",
    "Loop",
    "ReactionPlan",
    "Statement",
    "WaitTurn",
    "alone",
    "check_part",
    "compile",
    "compile_collection",
    "draw_world",
    "load_any",
]
