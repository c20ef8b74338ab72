"""The names and signatures of registered primitives, as readers and schemas use them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from rlve_dsl.expressions import Signature
from rlve_dsl.frozen import frozen

if TYPE_CHECKING:
    from rlve_dsl.files.shapes.plugin_uses import PluginUse


@frozen
class Vocabulary:
    """The names that a file may use; where they are None, any name may stand.

    Attributes:
        docs: The documentation of primitives by sort (`sampler`, `tool`, `event`, `act`, …) and name, for editors.
        elsewhere: Names that the file would know if it listed the plugin that each name is given with.
        faults: What is wrong with plugins that the file lists, and what to do, by the names of the plugins.
        seen_with: Gives the vocabulary of a file that lists some plugins; None where files may use every name.
    """

    samplers: Mapping[str, Signature] | None = None
    tools: Mapping[str, Signature] | None = None
    events: Mapping[str, Signature] | None = None
    acts: Collection[str] | None = None
    sources: Collection[str] | None = None
    embedders: Collection[str] | None = None
    disturbances: Mapping[str, Signature] | None = None
    noises: Mapping[str, Signature] | None = None
    docs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    seen_with: Callable[[Sequence[PluginUse]], Vocabulary] | None = None

    def brought_by(self, name: str) -> str:
        """What to write so that the file knows a name; empty for a name that no plugin brings."""
        plugin = self.elsewhere.get(name)
        return f"`{name}` is brought by `{plugin}`; write `plugins: [{plugin}]`" if plugin else ""


ANYTHING = Vocabulary()
