"""Building the parsers of the project's grammars: LALR, with the basic lexer and every token kept."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import lark
from lark.lexer import BasicLexer


class _TrustedLexer(BasicLexer):
    """A lexer whose terminals are taken as they are: that they do not collide is proved by the tests, which build the
    grammars in strict mode, and not again by every process."""

    def __init__(self, conf: Any, comparator: Any = None) -> None:
        conf.skip_validation = True
        super().__init__(conf, comparator)


def parser_of(package: str, transformer: lark.Transformer[Any, Any], start: str | list[str] = "start") -> lark.Lark:
    """The parser of the `grammar.lark` in a package, which makes its nodes while it parses.

    The contextual lexer would take keywords for names; kept tokens tell where a node starts and ends.
    """
    grammar = (files(package) / "grammar.lark").read_text(encoding="utf-8")
    return lark.Lark(
        grammar, parser="lalr", lexer="basic", keep_all_tokens=True, maybe_placeholders=False, start=start,
        transformer=transformer, _plugins={"BasicLexer": _TrustedLexer},
    )  # fmt: skip
