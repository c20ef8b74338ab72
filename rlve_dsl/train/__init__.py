"""Training: a warm start on demonstrations, then DAPO through TRL, on episodes with real user turns.

Belongs here: everything that needs torch, and the settings of a run. torch and trl are imported inside functions only.
"""

from rlve_dsl.train.budgets import check_budgets, load_chat
from rlve_dsl.train.card import model_card
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.check import (
    check_certificate,
    check_machine,
    check_model,
    check_trainer,
    installed,
    missing_libraries,
    options_of,
    require_libraries,
)
from rlve_dsl.train.checkpoints import Checkpoint, last_checkpoint, resumable
from rlve_dsl.train.dapo import limits_of, trainer_options
from rlve_dsl.train.lessons import lessons_of
from rlve_dsl.train.memory import check_memory, memory_of, sizes_of
from rlve_dsl.train.profiles import Layers, layers_of, profiles
from rlve_dsl.train.report import Results, table
from rlve_dsl.train.run import Training, check_levels
from rlve_dsl.train.run_directory import RunDirectory, free_folder, read_status
from rlve_dsl.train.world import ALONE, World, check_world, world_of_environment

__all__ = [
    "ALONE",
    "Checkpoint",
    "Layers",
    "Results",
    "RunDirectory",
    "TemplateChat",
    "Training",
    "World",
    "check_budgets",
    "check_certificate",
    "check_levels",
    "check_machine",
    "check_memory",
    "check_model",
    "check_trainer",
    "check_world",
    "free_folder",
    "installed",
    "last_checkpoint",
    "layers_of",
    "lessons_of",
    "limits_of",
    "load_chat",
    "memory_of",
    "missing_libraries",
    "model_card",
    "options_of",
    "profiles",
    "read_status",
    "require_libraries",
    "resumable",
    "sizes_of",
    "table",
    "trainer_options",
    "world_of_environment",
]
