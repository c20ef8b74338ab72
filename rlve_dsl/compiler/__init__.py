"""From typed files to a compiled scenario.

Belongs here: names resolved, types checked, expressions lowered, worlds drawn. Does not belong here: turns, agents, or
the name of any environment.
"""

from rlve_dsl.compiler.bindings import Binding
from rlve_dsl.compiler.consent import RefusalPlan, needs_consent
from rlve_dsl.compiler.conversation import FactPlan, ReactionPlan
from rlve_dsl.compiler.disturbances import DisturbancePlan, NoisePlan
from rlve_dsl.compiler.domains.data import DataError
from rlve_dsl.compiler.domains.domain import CompiledDomain, compile_domain
from rlve_dsl.compiler.domains.replaying import Correction, RecordedTask, Replayed, read_tasks, replay_task
from rlve_dsl.compiler.drawing import Drawn, DrawnPart, absent_slots, draw_world
from rlve_dsl.compiler.heuristics import IN_ORDER, Heuristic
from rlve_dsl.compiler.loader import EnvironmentFile, Loader, load_any
from rlve_dsl.compiler.names import ACTION, LEVEL, NAMES, SECONDS, THING, TRIED
from rlve_dsl.compiler.scenario import (
    STANDARD,
    CompiledScenario,
    check_part,
    collection_of_one,
    compile,
    compile_collection,
)
from rlve_dsl.compiler.solution import (
    Again,
    Answer,
    AskFor,
    Bind,
    CallTool,
    Loop,
    Recorded,
    RecordedAnswer,
    Statement,
    WaitTurn,
)
from rlve_dsl.compiler.task import CompiledEnvironment, Grade, Graded, PartResult, Task
from rlve_dsl.compiler.task_compiler import governance_of
from rlve_dsl.compiler.wordings import Wordings
from rlve_dsl.compiler.world import EventPlan

__all__ = [
    "ACTION",
    "IN_ORDER",
    "LEVEL",
    "NAMES",
    "SECONDS",
    "STANDARD",
    "THING",
    "TRIED",
    "Again",
    "Answer",
    "AskFor",
    "Bind",
    "Binding",
    "CallTool",
    "CompiledDomain",
    "CompiledEnvironment",
    "CompiledScenario",
    "Correction",
    "DataError",
    "DisturbancePlan",
    "Drawn",
    "DrawnPart",
    "EnvironmentFile",
    "EventPlan",
    "FactPlan",
    "Grade",
    "Graded",
    "Heuristic",
    "Loader",
    "Loop",
    "NoisePlan",
    "PartResult",
    "ReactionPlan",
    "Recorded",
    "RecordedAnswer",
    "RecordedTask",
    "RefusalPlan",
    "Replayed",
    "Statement",
    "Task",
    "WaitTurn",
    "Wordings",
    "absent_slots",
    "check_part",
    "collection_of_one",
    "compile",
    "compile_collection",
    "compile_domain",
    "draw_world",
    "governance_of",
    "load_any",
    "needs_consent",
    "read_tasks",
    "replay_task",
]
