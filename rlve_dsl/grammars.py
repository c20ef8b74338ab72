"""From the grammar of a language to its parser.

A grammar is written for Lark, which makes the tables of its parser: an LALR(1) automaton, and one pattern for all tokens. That takes
long, and so does loading Lark. So the tables are stored beside the grammar (`make generated` writes them), and read here; Lark is
loaded only where there are none, or those of another grammar.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any, TypeAlias, TypedDict

from rlve_dsl.quantities import TERMINALS

TABLES = "grammar.json"
_FORMAT = "1"
_END = "$END"


class Token(str):
    """A part of a text that the grammar calls a terminal: its `type`, and where it starts and ends in the text."""

    __slots__ = ("end_pos", "start_pos", "type")

    type: str
    start_pos: int
    end_pos: int


class Unparsed(Exception):
    """A text is not in the language: it goes wrong at character `at`, or ends too early where that is None."""

    def __init__(self, at: int | None) -> None:
        super().__init__("the text ends too early" if at is None else f"the text goes wrong at character {at}")
        self.at = at


class RuleTable(TypedDict):
    """A rule: what it makes, from how many parts, the method that makes it (null: the only part is it), and the places of parts
    that are lists, whose items take their place."""

    makes: str
    size: int
    method: str | None
    spread: list[int]


class ParserTables(TypedDict):
    """What the parser of a grammar needs.

    `pattern` has a group for each terminal, `keywords` the terminals of texts that another terminal matches as well. `states`
    say for each terminal and what rules make which state comes next, or, below 0, which rule ends: -1 the first one.
    """

    pattern: str
    keywords: Mapping[str, Mapping[str, str]]
    ignored: Sequence[str]
    rules: Sequence[RuleTable]
    states: Sequence[Mapping[str, int]]
    starts: Mapping[str, int]
    ends: Mapping[str, int]


class Parser:
    """A parser that makes the nodes of a language while it reads a text.

    Args:
        tables: The tables of the grammar.
        nodes: Has a method for each alternative of the grammar, which takes all tokens and nodes of that alternative, in order.
    """

    def __init__(self, tables: ParserTables, nodes: object) -> None:
        self._match = re.compile(tables["pattern"]).match
        self._keywords = tables["keywords"]
        self._ignored = frozenset(tables["ignored"])
        self._states = tables["states"]
        self._starts, self._ends = tables["starts"], tables["ends"]
        self._rules: list[_Rule] = [
            (rule["makes"], rule["size"], _maker(rule, nodes), rule["spread"][::-1]) for rule in tables["rules"]
        ]

    def parse(self, text: str, start: str = "start") -> Any:
        """What the text means.

        Raises:
            Unparsed: It is not in the language.
        """
        states, end_state = self._states, self._ends[start]
        stack, values = [self._starts[start]], list[Any]()
        for token in self.tokens(text):
            kind = token.type
            while (action := states[stack[-1]].get(kind)) is not None and action < 0:
                self._end_rule(self._rules[-action - 1], stack, values)
            if action is None:
                raise Unparsed(token.start_pos)
            stack.append(action)
            values.append(token)
        while (action := states[stack[-1]].get(_END)) is not None:
            self._end_rule(self._rules[-action - 1], stack, values)
            if stack[-1] == end_state:
                return values[-1]
        raise Unparsed(None)

    def tokens(self, text: str) -> Iterator[Token]:
        """The parts of a text that are terminals.

        Raises:
            Unparsed: No terminal begins where the one before it ended.
        """
        place, length = 0, len(text)
        while place < length:
            found = self._match(text, place)
            if found is None:
                raise Unparsed(place)
            kind, begin, place = str(found.lastgroup), place, found.end()
            if kind not in self._ignored:
                token = Token(found[0])
                token.type = self._keywords.get(kind, {}).get(token, kind)
                token.start_pos, token.end_pos = begin, place
                yield token

    def _end_rule(self, rule: _Rule, stack: list[int], values: list[Any]) -> None:
        """Put what a rule makes into the place of its parts."""
        makes, size, method, spread = rule
        parts = values[-size:] if size else []
        if size:
            del stack[-size:], values[-size:]
        for at in spread:
            parts[at : at + 1] = parts[at]
        values.append(parts if makes[0] == "_" else parts[0] if method is None else method(*parts))
        stack.append(self._states[stack[-1]][makes])


_Rule: TypeAlias = tuple[str, int, Callable[..., Any] | None, Sequence[int]]
"""What it makes, from how many parts, by which method, and the places of parts that are lists, the last one first."""


def _maker(rule: RuleTable, nodes: object) -> Callable[..., Any] | None:
    method: Callable[..., Any] | None = None if rule["method"] is None else getattr(nodes, rule["method"])
    return method


def parser_of(package: str, nodes: object, start: Iterable[str]) -> Parser:
    """The parser of the `grammar.lark` in a package; `nodes` has the methods that make the nodes of its language."""
    return Parser(stored_tables(package, start) or made_tables(package, start), nodes)


def stored_tables(package: str, start: Iterable[str]) -> ParserTables | None:
    """The tables that are stored in a package; None when they are missing, or of another grammar."""
    stored = files(package) / TABLES
    if not stored.is_file():
        return None
    read = json.loads(stored.read_text(encoding="utf-8"))
    tables: ParserTables | None = read["tables"] if read["for"] == _stamp(grammar_of(package), start) else None
    return tables


def as_stored(package: str, start: Iterable[str]) -> str:
    """The text of the file with the tables of a package. Equal tables may be numbered in another order each time."""
    stored = {"for": _stamp(grammar_of(package), start), "tables": made_tables(package, start)}
    return json.dumps(stored, separators=(",", ":")).replace('},{"', '},\n{"') + "\n"


def grammar_of(package: str) -> str:
    """The text of the `grammar.lark` in a package, with the terminals of quantities."""
    return (files(package) / "grammar.lark").read_text(encoding="utf-8") + TERMINALS


def made_tables(package: str, start: Iterable[str]) -> ParserTables:
    """The tables that Lark makes of a grammar.

    The basic lexer is used because the contextual one takes keywords for names, and every token is kept because tokens say where a
    node starts and ends.
    """
    import lark
    from lark.lexer import BasicLexer, PatternStr
    from lark.parsers.lalr_analysis import Shift

    class TrustedLexer(BasicLexer):
        """Does not check whether its terminals collide: a test builds the grammars in strict mode."""

        def __init__(self, conf: Any, comparator: Any = None) -> None:
            conf.skip_validation = True
            super().__init__(conf, comparator)

    built: Any = lark.Lark(
        grammar_of(package), parser="lalr", lexer="basic", keep_all_tokens=True, maybe_placeholders=False,
        start=list(start), _plugins={"BasicLexer": TrustedLexer},
    )  # fmt: skip
    scanner, callbacks = built.parser.lexer.scanner, built.parser.lexer.callback
    automaton = built.parser.parser._parse_table
    rules = {rule: number for number, rule in enumerate(built.rules)}
    places = {state: number for number, state in enumerate(automaton.states)}
    return {
        "pattern": "|".join(f"(?P<{terminal.name}>{terminal.pattern.to_regexp()})" for terminal in scanner.terminals),
        "keywords": {
            name: {of.pattern.value: of.name for of in callback.scanner.terminals if isinstance(of.pattern, PatternStr)}
            for name, callback in callbacks.items()
        },
        "ignored": sorted(built.parser.lexer.ignore_types),
        "rules": [_rule_table(rule) for rule in built.rules],
        "states": [
            {
                symbol: places[to] if action is Shift else -1 - rules[to]
                for symbol, (action, to) in sorted(automaton.states[state].items())
            }
            for state in automaton.states
        ],
        "starts": {name: places[state] for name, state in automaton.start_states.items()},
        "ends": {name: places[state] for name, state in automaton.end_states.items()},
    }


def _rule_table(rule: Any) -> RuleTable:
    spread = [
        place for place, symbol in enumerate(rule.expansion) if not symbol.is_term and symbol.name.startswith("_")
    ]
    passes = rule.options.expand1 and not rule.alias and len(rule.expansion) == 1 and not spread
    return {
        "makes": str(rule.origin.name),
        "size": len(rule.expansion),
        "method": None if passes or rule.origin.name.startswith("_") else str(rule.alias or rule.origin.name),
        "spread": spread,
    }


def _stamp(grammar: str, start: Iterable[str]) -> str:
    return sha256("\n".join([_FORMAT, *start, grammar]).encode()).hexdigest()
