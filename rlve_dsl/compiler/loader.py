"""The files of one compilation: each read once, its problems gathered."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostic, Diagnostics, Span
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.plugins import Registry
from rlve_dsl.world import Governance

K = TypeVar("K")
_AnyKind = object


@dataclass(slots=True)
class Loader:
    """The files of one compilation, each read once; their problems gather in `diagnostics`.

    `workshops` and `policies` keep what has been compiled from them, by their digests.
    """

    registry: Registry
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    sources: dict[str, str] = field(default_factory=dict)
    workshops: dict[Hashable, object] = field(default_factory=dict)
    policies: dict[str, Governance | None] = field(default_factory=dict)
    _loaded: dict[tuple[str, str], files.Loaded | None] = field(default_factory=dict)

    def read(self, path: str, kind: type[K], span: Span | None = None) -> tuple[K, str] | None:
        """A file's typed content and digest; None (and its problems noted) when it is not a good file of that kind."""
        key = (str(Path(path)), kind.__name__)
        if key not in self._loaded:
            self._loaded[key] = self._load(path, kind, span)
        loaded = self._loaded[key]
        return None if loaded is None else (loaded.spec, loaded.digest)  # type: ignore[return-value]

    def read_environment(self, path: str, span: Span) -> tuple[files.Environment | files.Chain, str] | None:
        """As `read`, for a file of kind Environment, which composes others or does not."""
        read = self.read(path, _AnyKind, span)
        if read is None or isinstance(read[0], files.Environment | files.Chain):
            return read  # type: ignore[return-value]
        self.wrong_kind(path, type(read[0]).__name__, "Environment", span)
        return None

    def wrong_kind(self, path: str, kind: str, wanted: str, span: Span) -> None:
        """Report a file of another kind than the place that names it wants."""
        self.diagnostics.error("R217", f"`{path}` is of kind {kind}, and {wanted} is wanted here", span)

    def _load(self, path: str, kind: type[K], span: Span | None) -> files.Loaded | None:
        if span is not None and not Path(path).is_file():
            self.diagnostics.error("R216", f"there is no file `{path}`", span)
            return None
        try:
            loaded = files.load(path, self.registry.vocabulary())
        except ScenarioError as problems:
            self.diagnostics.extend(problems.diagnostics)
            self.sources.update(problems.sources)
            return None
        self.sources.update(loaded.sources)
        self.diagnostics.extend(loaded.warnings)
        if not isinstance(loaded.spec, kind):
            self.wrong_kind(path, loaded.kind, kind.__name__, span or loaded.spec.span)
            return None
        return loaded

    def finish(self) -> tuple[Diagnostic, ...]:
        """The warnings; raises ScenarioError with everything when there is an error."""
        if self.diagnostics.errors:
            raise ScenarioError(_ordered(self.diagnostics.items), self.sources)
        return tuple(_ordered(self.diagnostics.items))


def load_any(path: Path, loader: Loader) -> files.Kind | None:
    """A file of any kind; None (and its problems noted) when it cannot be loaded. Raises UsageError if it is not there."""
    if not path.is_file():
        raise UsageError(f"there is no file `{path}`")
    read = loader.read(str(path), _AnyKind)
    return cast(files.Kind, read[0]) if read else None


def _ordered(items: list[Diagnostic]) -> list[Diagnostic]:
    unique = list(dict.fromkeys(items))
    return sorted(unique, key=lambda d: (d.severity, d.span is None, d.span or Span("", 0, 0, 0, 0)))
