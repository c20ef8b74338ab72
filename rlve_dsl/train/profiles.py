"""The packaged profiles: settings for a machine and a model."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.errors import UsageError
from rlve_dsl.files import Training, load_training

_PROFILES = files("rlve_dsl.train") / "profiles"


def profiles() -> tuple[str, ...]:
    """The names of the packaged profiles.

    >>> profiles()
    ('cpu', 'qwen3-8b')
    """
    return tuple(sorted(f.name.removesuffix(".yaml") for f in _PROFILES.iterdir() if f.name.endswith(".yaml")))


def profile(name: str) -> tuple[Training, Mapping[str, str]]:
    """The settings of a packaged profile, and its text by the name of its file.

    Raises:
        UsageError: If there is no such profile.
    """
    if name not in profiles():
        hint = did_you_mean(name, profiles()) or f"there are {', '.join(profiles())}"
        raise UsageError(f"there is no profile `{name}`: {hint}")
    file = f"{name}.yaml"
    text = (_PROFILES / file).read_text(encoding="utf-8")
    return load_training(text, file), {file: text}
