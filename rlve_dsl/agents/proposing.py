"""How an agent says what it is about to do, and asks whether the user agrees."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rlve_dsl.english import YOU, listed
from rlve_dsl.rng import Stream
from rlve_dsl.world import Tool

_ARTICLES = ("the ", "a ", "an ")
_ARTICLE = re.compile(r"\b(?:the|an?) \{\}")
_ASKS = (
    "I'm about to {}. Shall I go ahead?",
    "My next step is to {}. Do you want me to proceed?",
    "I can {} now. Should I go ahead?",
    "Shall I {} now?",
    "Would you like me to {}?",
)


def proposal_in_words(tool: Tool, names: Sequence[str], stream: Stream) -> str:
    """A message that states a call and asks for a go-ahead.

    >>> from rlve_dsl.domains import store_tools
    >>> start = next(tool for tool in store_tools() if tool.name == "return.initiate")
    >>> proposal_in_words(start, ["grey tent"], Stream(1))
    "I'm about to start the return of the grey tent. Shall I go ahead?"

    Args:
        tool: The tool that is called.
        names: The names of the things that the call is about.
        stream: Decides how it is worded.
    """
    about = listed([_with_article(name) for name in names])
    phrase = tool.says[0]
    if "{}" in phrase:  # an article before it would be a second one: the names have theirs
        action = _ARTICLE.sub("{}", phrase).replace("{}", about or "it")
    else:
        action = f"{phrase} for {about}" if about and about != YOU else phrase
    return stream.choice(_ASKS).replace("{}", action)


def _with_article(name: str) -> str:
    """A name with "the", unless it has an article of its own or is no name."""
    return name if name == YOU or name.startswith(_ARTICLES) else f"the {name}"


def bare_proposal(tool: Tool) -> str:
    """A message that names the action of a tool alone, and asks for a go-ahead.

    >>> from rlve_dsl.domains import store_tools
    >>> start = next(tool for tool in store_tools() if tool.name == "return.initiate")
    >>> bare_proposal(start)
    'Shall I return?'
    """
    # "it" may be the thing that the message before is about
    phrase = next((phrase for phrase in tool.says if "{}" not in phrase), tool.says[0])
    return f"Shall I {phrase.replace('{}', 'it')}?"
