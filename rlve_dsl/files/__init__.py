"""YAML files → typed specs that know the place of everything an author wrote. No expression is evaluated here.

The door holds every name of `kinds`: the records that files are read into.
"""

from rlve_dsl.files import kinds
from rlve_dsl.files.json_schema import schema, write_schemas
from rlve_dsl.files.kinds import *
from rlve_dsl.files.kinds.profile import load_training
from rlve_dsl.files.kinds.training import (
    COMMAND_LINE,
    Copying,
    Evaluation,
    Keep,
    Lora,
    Server,
    Settings,
    Stop,
    Tiny,
    Training,
    WarmStart,
    contradictions,
    origins,
    settings_as_json,
    settings_of,
)
from rlve_dsl.files.load import KINDS, Loaded, load, load_text, tools_of_domain
from rlve_dsl.files.parts import parts_of
from rlve_dsl.files.profile_files import is_path_of_profile, profile_file, profiles
from rlve_dsl.files.regular import LARGEST_DATA, LARGEST_FILE, check_regular, problem_of, read_regular, regular_lines
from rlve_dsl.files.shapes.arguments import arguments
from rlve_dsl.files.shapes.mappings import key_of
from rlve_dsl.files.shapes.plugin_uses import PluginUse, distribution_name
from rlve_dsl.files.shapes.vocabulary import Vocabulary
from rlve_dsl.files.shapes.words import FILE_WORD, FILE_WORD_RULE
from rlve_dsl.files.task_lines import LoadedTasks, load_tasks
from rlve_dsl.files.written import Written, written_in

__all__ = [
    "COMMAND_LINE", "FILE_WORD", "FILE_WORD_RULE", "KINDS", "LARGEST_DATA", "LARGEST_FILE", "Copying", "Evaluation", "Keep", "Loaded", "LoadedTasks", "Lora", "PluginUse", "Server", "Settings", "Stop", "Tiny", "Training",
    "Vocabulary", "WarmStart", "Written", "arguments", "check_regular", "contradictions", "distribution_name", "is_path_of_profile", "key_of", "kinds", "load", "load_tasks", "load_text", "load_training", "origins", "parts_of", "problem_of", "profile_file", "profiles", "read_regular", "regular_lines", "schema", "settings_as_json",
    "settings_of", "tools_of_domain", "write_schemas", "written_in",
]  # fmt: skip
__all__ += kinds.__all__
