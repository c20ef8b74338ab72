"""The runtime: episodes, their turns and their trajectories.

Belongs here: everything between reset and the end. Does not belong here: agents, training, or any environment's name.
"""

from rlve_dsl.episode.actions import (
    FINISH,
    PART,
    Action,
    Call,
    Malformed,
    fault_of_action,
    owned,
    render_completion,
    wire_name,
)
from rlve_dsl.episode.disturbances import joined
from rlve_dsl.episode.generations import parse_completion, parse_json_action, parse_message
from rlve_dsl.episode.ids import ids_in
from rlve_dsl.episode.outcome import Outcome, PartOutcome, Termination
from rlve_dsl.episode.part import Asked, Part
from rlve_dsl.episode.prompt import Briefing, Form, system_prompt, tool_schemas
from rlve_dsl.episode.runtime import Episode
from rlve_dsl.episode.scenario import Scenario, ScenarioReference, load
from rlve_dsl.episode.trajectory import as_recorded, difference, read_action, record, recorded_user, replay
from rlve_dsl.episode.turn import Observation, Result, Step, Turn

__all__ = [
    "FINISH",
    "PART",
    "Action",
    "Asked",
    "Briefing",
    "Call",
    "Episode",
    "Form",
    "Malformed",
    "Observation",
    "Outcome",
    "Part",
    "PartOutcome",
    "Result",
    "Scenario",
    "ScenarioReference",
    "Step",
    "Termination",
    "Turn",
    "as_recorded",
    "difference",
    "fault_of_action",
    "ids_in",
    "joined",
    "load",
    "owned",
    "parse_completion",
    "parse_json_action",
    "parse_message",
    "read_action",
    "record",
    "recorded_user",
    "render_completion",
    "replay",
    "system_prompt",
    "tool_schemas",
    "wire_name",
]
