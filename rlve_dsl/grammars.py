"""From the grammar of a language to its parser.

Lark takes long to build the tables of a parser, so they are stored beside the grammar (`make generated` writes them).
Without tables, or with tables of another grammar or another Lark, the parser is built from the grammar.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from importlib.resources import files
from typing import Any, TypeVar

import lark
from lark.common import LexerConf
from lark.grammar import Rule
from lark.lexer import BasicLexer, TerminalDef

from rlve_dsl.quantities import TERMINALS
from rlve_dsl.values import Json

TABLES = "grammar.json"

Tree = TypeVar("Tree")


class _TrustedLexer(BasicLexer):
    """A lexer that does not check whether its terminals collide: a test builds the grammars in strict mode."""

    def __init__(self, conf: LexerConf, comparator: Callable[[TerminalDef], object] | None = None) -> None:
        conf.skip_validation = True
        super().__init__(conf, comparator)


def parser_of(package: str, transformer: lark.Transformer[lark.Token, Tree], start: Iterable[str]) -> lark.Lark:
    """The parser of the `grammar.lark` in a package; it makes the nodes of a language while it parses."""
    tables = stored_tables(package, start)
    if tables is None:
        return _built(grammar_of(package), start, transformer)
    parser: lark.Lark = lark.Lark._load_from_dict(  # type: ignore[no-untyped-call]
        tables["data"], tables["memo"], transformer=transformer, _plugins={"BasicLexer": _TrustedLexer}
    )
    return parser


def stored_tables(package: str, start: Iterable[str]) -> Any:
    """The tables that are stored in a package; None when they are missing, or of another grammar or another Lark."""
    stored = files(package) / TABLES
    if not stored.is_file():
        return None
    tables = json.loads(stored.read_text(encoding="utf-8"), object_hook=_with_numbers)
    return tables if tables["for"] == _stamp(grammar_of(package), start) else None


def tables_of(package: str, start: Iterable[str]) -> str:
    """The tables of the `grammar.lark` in a package, as they are stored. Equal tables may be numbered in another order each time."""
    grammar = grammar_of(package)
    data, memo = _built(grammar, start, None).memo_serialize([TerminalDef, Rule])
    data["options"] = {name: of for name, of in data["options"].items() if name not in ("transformer", "_plugins")}
    stored = {"for": _stamp(grammar, start), "data": data, "memo": memo}
    return json.dumps(stored, separators=(",", ":")).replace('},"', '},\n"') + "\n"


def grammar_of(package: str) -> str:
    """The text of the `grammar.lark` in a package, with the terminals of quantities."""
    return (files(package) / "grammar.lark").read_text(encoding="utf-8") + TERMINALS


def _stamp(grammar: str, start: Iterable[str]) -> str:
    return sha256("\n".join([lark.__version__, *start, grammar]).encode()).hexdigest()


def _built(grammar: str, start: Iterable[str], transformer: lark.Transformer[lark.Token, Tree] | None) -> lark.Lark:
    """The basic lexer is used because the contextual one takes keywords for names, and every token is kept because tokens
    say where a node starts and ends."""
    return lark.Lark(
        grammar, parser="lalr", lexer="basic", keep_all_tokens=True, maybe_placeholders=False,
        start=list(start), transformer=transformer, _plugins={"BasicLexer": _TrustedLexer},
    )  # fmt: skip


def _with_numbers(mapping: dict[str, Json]) -> dict[str | int, Json]:
    """A mapping whose keys are numbers where they look so: JSON has texts only."""
    return {int(key) if key.isdigit() else key: value for key, value in mapping.items()}
