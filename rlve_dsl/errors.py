"""The exceptions of the project. Problems of a scenario are diagnostics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlve_dsl.diagnostics import Diagnostic, Span, render_text


def system_reason(failure: OSError) -> str:
    """What the operating system says of a failure, to follow a colon.

    >>> system_reason(FileNotFoundError(2, "No such file or directory"))
    'no such file or directory'
    """
    reason = failure.strerror or str(failure) or "the operating system gives no reason"
    return reason[0].lower() + reason[1:]


class RlveError(Exception):
    """The base of every exception that the project raises on purpose."""


class ScenarioError(RlveError):
    """A scenario has problems; `diagnostics` holds all of them, `sources` the text of the files they name."""

    def __init__(self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> None:
        super().__init__(render_text(diagnostics, sources))
        self.diagnostics = tuple(diagnostics)
        self.sources = dict(sources)


class UsageError(RlveError):
    """A command or a call asks for something impossible (an unknown environment, a level out of range)."""


class Fruitless(RlveError):
    """A training run came to its end and taught nothing: to go on with it is of no use."""


class MissingExtra(RlveError):
    """An optional dependency is not installed; the message is the install command."""

    def __init__(self, extra: str, module: str) -> None:
        super().__init__(f"`{module}` is not installed: run pip install 'rlve-dsl[{extra}]'")


class PluginError(RlveError):
    """A plugin cannot be loaded, or two plugins use one name; the message names the distribution and the hook."""


class NoSuchEntity(PluginError):
    """A primitive asks for an entity that the world has not."""


class PluginFault(PluginError):
    """A primitive of a plugin has raised something, or has returned a wrong value, while it was used; the message names it.

    `span` is the place in a file that uses it, where that is known.
    """

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.span = span


class Refusal(RlveError):
    """The store refuses a well-formed call; the message is the reason that the agent reads."""


class Unsatisfiable(RlveError):
    """A sampler found nothing that fits; the message says what was asked for, and of how many candidates.

    `advice` says what the author can do. `span` is the place of the step of the world, where that is known. `by_chance` says
    that other draws of the same files may well fit, `of_products` that too few products fit, `of_arguments` that the arguments alone
    are wrong, `is_certain` that they are so in every draw of a level.
    """

    def __init__(
        self,
        message: str,
        advice: str = "",
        span: Span | None = None,
        *,
        by_chance: bool = False,
        of_products: bool = False,
        of_arguments: bool = False,
    ) -> None:
        super().__init__(message)
        self.advice = advice
        self.span = span
        self.by_chance = by_chance
        self.of_products = of_products
        self.of_arguments = of_arguments
        self.is_certain = False
