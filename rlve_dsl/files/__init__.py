"""YAML files → typed specs that know the place of everything an author wrote. No expression is evaluated here.

The door holds every name of `kinds`: the records that files are read into.
"""

from rlve_dsl.files import kinds
from rlve_dsl.files.json_schema import schema, write_schemas
from rlve_dsl.files.kinds import *
from rlve_dsl.files.kinds.training import (
    Copying,
    Evaluation,
    Lora,
    Settings,
    Tiny,
    Training,
    WarmStart,
    load_training,
    settings_as_json,
    settings_of,
)
from rlve_dsl.files.load import KINDS, Loaded, load, load_text, tools_of_domain
from rlve_dsl.files.regular import LARGEST_FILE, read_regular
from rlve_dsl.files.shapes.arguments import arguments
from rlve_dsl.files.shapes.vocabulary import Vocabulary
from rlve_dsl.files.shapes.words import FILE_WORD, FILE_WORD_RULE

__all__ = [
    "FILE_WORD", "FILE_WORD_RULE", "KINDS", "LARGEST_FILE", "Copying", "Evaluation", "Loaded", "Lora", "Settings", "Tiny", "Training",
    "Vocabulary", "WarmStart", "arguments", "kinds", "load", "load_text", "load_training", "read_regular", "schema", "settings_as_json",
    "settings_of", "tools_of_domain", "write_schemas",
]  # fmt: skip
__all__ += kinds.__all__
