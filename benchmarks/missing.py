"""Which of the project's own libraries a machine lacks: `python -m benchmarks.missing` prints a requirement a line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def installed(name: str) -> str | None:
    """Return the version of a library that is installed; None when it is not."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def missing(project: str, version_of: Callable[[str], str | None] = installed) -> list[str]:
    """Return the requirements that are not fulfilled, of the project and of its extra `train`.

    Args:
        project: The text of `pyproject.toml`.
        version_of: Gives the version of a library that is installed, or None.
    """
    from packaging.requirements import Requirement  # transformers needs it

    table = tomllib.loads(project)["project"]
    wanted = map(Requirement, [*table["dependencies"], *table["optional-dependencies"]["train"]])
    here = [need for need in wanted if need.marker is None or need.marker.evaluate()]
    return [
        f"{need.name}{need.specifier}"
        for need in here
        if (found := version_of(need.name)) is None or not need.specifier.contains(found, prereleases=True)
    ]


if __name__ == "__main__":
    print("\n".join(missing(_PROJECT.read_text(encoding="utf-8"))))
