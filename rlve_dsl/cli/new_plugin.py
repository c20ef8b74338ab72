"""`rlve-dsl new plugin`: a package with primitives, a scenario, and tests, which is green as it is written."""

from __future__ import annotations

import re
from importlib import resources
from keyword import iskeyword

from rlve_dsl import __version__
from rlve_dsl.errors import UsageError
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.plugins import fault_of_name

_TEMPLATES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    ".github/workflows/test.yml": "ci.yml",
    "WORD/__init__.py": "init.py",
    "WORD/py.typed": "py.typed",
    "WORD/rlve.py": "rlve.py",
    "WORD/scenarios/NAME.yaml": "scenario.yaml",
    "WORD/scenarios/NAME-collection.yaml": "collection.yaml",
    "tests/test_WORD.py": "test_plugin.py",
}
"""The files of a new plugin, and the template of each. The collection is what the last line of the command names."""


def begin_plugin(name: str) -> dict[str, str]:
    """The texts of a new plugin, by the paths of its files in its folder.

    Raises:
        UsageError: When no module can have the name.
    """
    word = name.replace("-", "_")
    if iskeyword(word) or word == PROJECT:
        raise UsageError(f"`{name}` cannot name a plugin: no package can be called `{word}` beside Python and rlve-dsl")
    if fault := fault_of_name("rlve_functions", word):
        raise UsageError(f"`{name}` cannot name a plugin: {fault}")
    values = {
        "NAME": name, "WORD": word, "TITLE": re.sub(r"[_-]+", " ", name).strip().capitalize(), "VERSION": __version__
    }  # fmt: skip
    folder = resources.files("rlve_dsl.cli") / "templates" / "plugin"
    return {
        _filled(path, values): _filled((folder / f"{template}.txt").read_text(encoding="utf-8"), values)
        for path, template in _TEMPLATES.items()
    }


def _filled(text: str, values: dict[str, str]) -> str:
    for word, value in values.items():
        # `WORD_list` is a name that begins with the word, `test_WORD` one that ends in it
        text = re.sub(rf"(?<![A-Z]){word}(?![A-Z])", lambda _, value=value: value, text)  # type: ignore[misc]
    return text
