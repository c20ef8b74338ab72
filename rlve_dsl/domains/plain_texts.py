"""Texts that an agent reads as they are written: what tools and their arguments are for."""

from __future__ import annotations

import re

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.files import Text

_HOLE = re.compile(r"\{\s*[^\W\d]\w*[^{}]*\}")


def warn_of_braces(text: Text, what: str, diagnostics: Diagnostics) -> None:
    """Warn of a text that is written like a template, or has a brace without a partner.

    Args:
        what: What the text says, in a message: `what a tool does`.
    """
    hole = _HOLE.search(text.text)
    if hole is None and text.text.count("{") == text.text.count("}"):
        return
    shown = f"`{hole[0]}` stays" if hole is not None else "its braces stay"
    diagnostics.warning(
        "R113", f"{shown} as written: {what} is no template", text.span,
        help="it is the same in every episode, so say it without braces",
    )  # fmt: skip
