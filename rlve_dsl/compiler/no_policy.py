"""Collections without a policy, over domains whose tools ask for decisions."""

from __future__ import annotations

from collections.abc import Iterable

from rlve_dsl import files
from rlve_dsl.compiler.domains.domain import CompiledDomain
from rlve_dsl.compiler.task import Task
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.english import listed


def warn_of_no_policy(collection: files.Collection, tasks: Iterable[Task], diagnostics: Diagnostics) -> None:
    """Warn of each domain whose tools ask for decisions where the collection names no policy: then all is allowed and free."""
    if collection.policy is not None:
        return
    domains = {part.domain.spec.name.text: part.domain for task in tasks for part in task.parts.values() if part.domain}
    for name, domain in domains.items():
        if asked := _decisions(domain):
            diagnostics.warning(
                "R221", f"the tools of the domain `{name}` ask a policy for {listed([f'`{one}`' for one in asked])}, and the "
                "collection names none: every call is allowed and free", collection.name.span,
                help="add `policy:` with the path of the Policy file that has these decisions to the collection",
            )  # fmt: skip


def _decisions(domain: CompiledDomain) -> list[str]:
    """The decisions that the tools of a domain ask for, in the order of the file."""
    named = (name for tool in domain.spec.tools.values() for name in (tool.allow, tool.fee, *tool.rulings.values()))
    return list(dict.fromkeys(name.text for name in named if name is not None))
