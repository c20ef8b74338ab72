"""The few exceptions of the project; everything else is a diagnostic or an outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlve_dsl.diagnostics import Diagnostic, render_text


class RlveError(Exception):
    """The root of every exception that the project raises on purpose."""


class ScenarioError(RlveError):
    """A scenario has problems; `diagnostics` holds all of them, `sources` the text of the files they name."""

    def __init__(self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> None:
        super().__init__(render_text(diagnostics, sources))
        self.diagnostics = tuple(diagnostics)
        self.sources = dict(sources)


class UsageError(RlveError):
    """A command or call was asked for something that cannot be (an unknown environment, a level out of range)."""


class MissingExtra(RlveError):
    """An optional dependency is absent; the message is the exact install command."""

    def __init__(self, extra: str, module: str) -> None:
        super().__init__(f"`{module}` is not installed: run pip install 'rlve-dsl[{extra}]'")


class PluginError(RlveError):
    """A plugin could not be loaded, or two plugins claim one name; names the distribution and the hook."""


class Unsatisfiable(RlveError):
    """A sampler found nothing that fits; the message says what was asked of how many candidates."""
