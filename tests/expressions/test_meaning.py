"""What expressions mean where a reader could guess otherwise: units, rounding, the unknown, scopes of definitions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import lark
import pytest

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import EvaluationError, Scope, compile_expression, format_expression, parse, words
from rlve_dsl.expressions.parse import DEEPEST, _parser
from rlve_dsl.expressions.types import ANY, INT, MONEY, NOTHING, REAL, Enum, ListOf, Optional, Type
from rlve_dsl.grammars import grammar_of
from tests.expressions.conftest import SCOPE, WANTED, Compile, at, definitions, env, problems_of

Value = Callable[[str], Any]

HUGE = "10^64*10^64*10^64*10^64*10^64"  # infinite
TOO_LARGE = (
    "4000000000 * 4000000000", HUGE, "$5 * 1000000000000000 * 1000000000000000",
    "wait * 1000000000000000 * 1000000000000000", "maybe if flag and maybe is known else 4000000000 * 4000000000",
    "cost * 10^20 if flag else surely(first([cost]))", "first(v * 4000000000 * 4000000000 for v in xs)",
    f"[{HUGE}]", f"[{HUGE} - {HUGE}, 1, 2]", f"[1.5, {HUGE} - {HUGE}, 2]", "[v * 4000000000 * 4000000000 for v in xs]",
    "[[cost * 10^20]]", "[maybe, 4000000000 * 4000000000]", f"5 / ({HUGE})", f"1 / ({HUGE} * given) < 1",
    "twice(4000000000 * 4000000000) > 1", "thrift(p, cost * 10^20) > 1", "total([4000000000 * 4000000000]) > 1",
    "count(v for v in [k * 4000000000 * 4000000000 for k in xs])",
)  # fmt: skip
"""Expressions that have a number that is too large: in a value of any type, in what gets a name, or in a divisor."""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$5.99 + $0.01", 600), ("10% * $0.05", 1), ("$0.05 / 2", 3), ("$1 * 3", 300), ("$3 / $2", 1.5), ("-$5", -500),
        ("15 days + 1 day", 16), ("15 days / 2", 8), ("7 days / 14 days", 0.5), ("2 * 3 days", 6), ("-3 ^ 2", -9.0),
        ("2 ^ 3 ^ 2", 512.0), ("7 / 2", 3.5), ("round(2.5)", 3), ("round(-2.5)", -2), ("floor(-0.5)", -1),
        ("mod(-1, 3)", 2), ("mod(7.5, 2)", 1.5), ("mod($7, $2)", 100), ("1 < 2 < 3", True), ("3 > 1 < 2", True),
        ("not flag and flag", False), ("d in xs", True), ("sum([])", 0), ("mean([])", 0.0), ("share([])", 0.0),
        ("any([])", False), ("all([])", True), ("count([])", 0), ("first([]) is unknown", True), ("xs[-1] is unknown", True),
        ("xs == [3, 1, 2, 3]", True), ("xs != [3]", True), ("maybe == 3", False), ("maybe != 3", True),
        ('word + "!"', "hello!"), ("xs + [9]", [3, 1, 2, 3, 9]), ("1.10", 1.1), ("percent(12.5%)", "12.5%"),
        ("tone == chatty", True), ('tone == "chatty"', True), ("tone in [plain, terse]", False),
        ("(plain if flag else tone) == plain", True), ("given > 3 and given == 7", True), ("given is known", True),
        ("p.attributes.watts >= 60", True), ("p.attributes.nothing is known", False), ("p.attributes.watts.volts is known", False),
        ("clip(5, 3, 1)", 1), ("max(3, 2.5)", 3), ("min(cost, $5)", 500), ("[v for v in perhaps]", []),
        ("top(1, pool, by=it.price) == top(1, pool, by=it.rating)", True), ("said.item[1].value", "one"),
        ("said.item[2].value is known", False), ("count(distinct(pool, by=it.brand))", 2),
        ("[range(2)] == [[0, 1]]", True), ("index_of([range(2)], [0, 1])", 0), ("[0, 1] in [range(2)]", True),
    ],
)  # fmt: skip
def test_an_expression_means(text: str, wanted: Any, value: Value) -> None:
    assert value(text) == wanted
    assert type(value(text)) is type(wanted)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 / (d - 3)", "division by zero"), ("mod(d, 0)", "division by zero"), ("2 ^ 65", "the exponent is larger than 64"),
        ("(-8) ^ 0.5", "a root of a negative number"), ("1000000 ^ 64 * 1000000 ^ 64", "a number is too large"),
        ("exp(1000)", "a number is too large"), ("log(0)", "the logarithm of a number that is not above 0"),
        ("sqrt(-1)", "the square root of a negative number"), ("range(10001)", "a range of more than 10,000"),
        ("max(v for v in xs if v > 9)", "there is no greatest or smallest of nothing"),
        ("surely(maybe)", "what is surely known is unknown"), ("p.attributes.color > 3", "its parts do not go together"),
        ("floor(p.attributes.color)", "`floor` does not take what it is given"),
        ("lower(p.attributes.size_count)", "`lower` does not take what it is given"),
        ("joined([p.attributes.size_count])", "`joined` does not take what it is given"),
        ("top(1, pool, by=it.attributes.color if it.id == p.id else 1)", "`top` does not take what it is given"),
        *((text, "a number is too large") for text in TOO_LARGE),
    ],
)  # fmt: skip
def test_what_has_no_value_says_why_and_where(text: str, reason: str, value: Value) -> None:
    with pytest.raises(EvaluationError) as caught:
        value(text)
    assert caught.value.reason == reason
    assert caught.value.span is not None and text in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "take([1, 2, 3], clip(given, 0, 2))", "range(clip(given, 1, 2))", "take(xs, given)", "counted(given)", "given * 2", "2 * given",
        "given + given", "given - 1", "given / 2", "given ^ 2", "-given", "mod(given, 5)", "clip(1, given, 2)", "floor(given)", "ago(given)",
        "given > 3", "sum([given, 1])", "mean([given])", "count(given)", "lower(given)", "joined([given])", "by_share(words, [given])",
        "top(given, xs, by=it)", "top(2, pool, by=given if it.in_stock else 1)", "days_between(given, given)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("given", ["%0999999999d", [1, 2], {"a": 1}, 1.5, None], ids=str)
def test_a_value_of_any_type_is_never_an_error_of_python(text: str, given: Any, compiled: Compile) -> None:
    with suppress(EvaluationError):
        compiled(text)({**env(), "given": given})


@pytest.mark.parametrize(("wanted", "given"), [(INT, 1.5), (INT, "a"), (MONEY, 1.5), (REAL, "a"), (Optional(INT), [1])])
def test_a_value_of_any_type_is_checked_where_a_number_is_wanted(wanted: Type, given: Any, compiled: Compile) -> None:
    expression = compiled("given", expected=wanted)
    with pytest.raises(EvaluationError, match="it is not ") as caught:
        expression({"given": given})
    assert caught.value.span is not None
    assert expression({"given": 1}) == 1
    if isinstance(wanted, Optional):
        assert expression({"given": None}) is None


@pytest.mark.parametrize(
    "text",
    [
        "maybe + 1 if maybe is known else 0", "0 if maybe is unknown else maybe + 1", "maybe is known and maybe > 2",
        "maybe is unknown or maybe > 2", "not (maybe is unknown) and maybe > 2",
        "not (maybe is unknown or flag) and maybe > 2", "[v.variant.label + v.variant.id for v in wanted if false]".replace(
            "v.variant.label + v.variant.id", "v.qty"
        ),
        "[v.variant.label + \"!\" for v in wanted if v.variant is known]",
        "w.variant.label is known and w.variant.label + \"!\" == word and w.variant.id == w.variant.id",
        "said.item[1] is known and said.item[1].value + \"!\" == word", "xs[0] is known and xs[0] > 1",
        "first(xs) + 1 if first(xs) is known else 0", "flag and maybe is known and (maybe > 1 or maybe < 0)",
    ],
)  # fmt: skip
def test_what_was_tested_is_known(text: str, value: Value) -> None:
    assert not [d for d in problems_of(text) if d.severity == "error"]
    value(text)


@pytest.mark.parametrize(
    "text",
    [
        "maybe is known or maybe > 2", "not (maybe is known) and maybe > 2", "maybe > 2 and maybe is known",
        "[v.variant.label + \"!\" for v in wanted]", "any(v.variant is known for v in wanted) and w.variant.label + \"!\" == word",
        "xs[0] is known and xs[1] > 1",
        "count(select(wanted, where=it.variant is known and count(select(wanted, where=it.variant.label + \"!\" == word)) > 0))",
    ],
)  # fmt: skip
def test_what_was_not_tested_may_be_unknown(text: str) -> None:
    assert [d.code for d in problems_of(text)] == ["R103"]


@pytest.mark.parametrize(
    ("text", "expected", "type_"),
    [
        ("3", REAL, INT), ("plain", Enum(("plain", "gruff")), Enum(("plain", "gruff"))), ("[]", ListOf(INT), ListOf(INT)),
        ("[plain, gruff]", ListOf(Enum(("plain", "gruff"))), ListOf(Enum(("plain", "gruff")))), ("d", Optional(INT), INT),
        ("[1, 2.5]", None, ListOf(REAL)), ("[maybe, 1]", None, ListOf(Optional(INT))), ("cost if flag else $5", None, MONEY),
        ("clip(given, 0, 2)", None, ANY), ("clip(0, given, 2)", None, ANY), ("max(1, given)", None, ANY), ("min(given, 2)", None, ANY),
        ("[clip(given, 1, 2) for v in xs]", None, ListOf(ANY)), ("first([[given], [1]])", None, Optional(ListOf(ANY))),
        ("first([[1], [given]])", None, Optional(ListOf(ANY))), ("distinct(given)", None, ListOf(ANY)), ("given", INT, INT),
        ("without(xs, reals)", None, ListOf(INT)), ("without(reals, xs)", None, ListOf(REAL)), ("without(xs, [given])", None, ListOf(INT)),
        ("without([tone], [plain])", None, ListOf(SCOPE.names["tone"])), ("without([], xs)", None, ListOf(NOTHING)),
        ("without(pool, [w.product])", None, SCOPE.names["pool"]), ("[1, 2.5, 3]", None, ListOf(REAL)), ("[maybe, 2.5]", None, ListOf(Optional(REAL))),
        ("xs[0]", None, Optional(INT)), ("w.variant.label", None, Optional(SCOPE.names["word"])),
    ],
)  # fmt: skip
def test_an_expression_has_a_type(text: str, expected: Type | None, type_: Type, compiled: Compile) -> None:
    assert compiled(text, expected=expected).type == type_


def test_an_expression_knows_what_it_reads(compiled: Compile) -> None:
    read = compiled(
        "shifted(said.item[d].value == word and v.product.price > $1 for v in wanted)".replace("shifted", "any")
    )
    assert read.free == {"said", "d", "word", "wanted"}
    assert {path for path in read.paths if "." in path} == {"said.item"}
    assert compiled("shifted(d)").free == {"d", "n"}
    assert compiled("it.qty + n", item=WANTED).free == {"n"}


# Definitions --------------------------------------------------------------------------------------------------------


def test_a_definition_is_checked_for_the_types_of_each_use(compiled: Compile) -> None:
    assert [compiled(f"twice({x})").type for x in ("d", "x", "cost")] == [INT, REAL, MONEY]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("twice(twice(d))", 12), ("sum(twice(v) for v in xs)", 18), ("total([total(xs), 1])", 10),
        ("sum(total([v, v]) for v in xs)", 18), ("thrift(p, $30)", 1 - 1499 / 6000), ("shifted(shifted(1))", 21),
        ("max(thrift(q, cost) for q in pool)", max(0, 1 - 833 / 3998)),
    ],
)  # fmt: skip
def test_a_definition_means_its_formula(text: str, wanted: float, value: Value) -> None:
    assert value(text) == pytest.approx(wanted)


def test_a_definition_sees_the_scope_and_not_the_loops_around_its_use() -> None:
    scope = Scope(SCOPE.names, SCOPE.functions, definitions(sly=(("a",), "a + v"), other=(("v",), "v + 1")))
    found = Diagnostics()
    assert compile_expression("sum(sly(v) for v in xs)", at("sum(sly(v) for v in xs)"), scope, found) is None
    assert [d.message for d in found.items] == ["there is no `v` here"]
    allowed = compile_expression("sum(other(v) for v in xs)", at("sum(other(v) for v in xs)"), scope, Diagnostics())
    assert allowed is not None and allowed(env()) == 13


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("mood(true) == tone", False),  # the words are known by what the formula is compared with
        ("tone == mood(false)", True),
        ("same(tone, terse)", True),  # and an argument by what the formula compares it with
        ("same(tone, chatty) or same(plain, tone)", False),
        ("among(tone, [plain, terse])", True),
    ],
)
def test_a_word_of_an_enum_can_stand_in_a_definition_and_in_its_use(text: str, wanted: bool) -> None:
    known = definitions(
        mood=(("loud",), "chatty if loud else terse"), same=(("a", "b"), "a == b"), among=(("a", "list"), "a in list")
    )
    found = Diagnostics()
    made = compile_expression(text, at(text), Scope(SCOPE.names, SCOPE.functions, known), found)
    assert made is not None, found.items
    assert made({**env(), "tone": "terse"}) is wanted


def test_definitions_that_may_be_words_are_each_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = {f"d{n}": (("c",), f"d{n + 1}(c) if c else d{n + 1}(c)") for n in range(10)}
    known = definitions(**bodies, d10=(("c",), "chatty if c else terse"))
    looked_at: list[str] = []

    def parsed(text: str, *more: Any) -> Any:
        looked_at.append(text)
        return parse(text, *more)

    monkeypatch.setattr(words, "parse", parsed)
    found, text = Diagnostics(), "tone == d0(true)"
    made = compile_expression(text, at(text), Scope(SCOPE.names, SCOPE.functions, known), found)
    assert made is None and {d.code for d in found.items} == {"R227"}  # 2 ^ 10 uses
    assert len(looked_at) == len(known)


@pytest.mark.parametrize("times", [1, 100])
def test_words_that_definitions_pass_on_do_not_grow_without_end(times: int) -> None:
    def given(word: str) -> str:
        return f"[{', '.join([word] * times)}]" if times > 1 else word

    known = definitions(
        **{f"d{n}": (("a",), f"d{n + 1}({given('a')})") for n in range(10)}, d10=(("a",), "tone in [a]")
    )
    found, text = Diagnostics(), f"d0({given('plain')})"
    compile_expression(text, at(text), Scope(SCOPE.names, SCOPE.functions, known), found)
    assert [d.code for d in found.items] == (["R227"] if times > 1 else [])


def test_what_was_tested_outside_a_definition_is_not_known_of_its_parameters() -> None:
    scope = Scope(SCOPE.names, SCOPE.functions, definitions(plus=(("maybe",), "maybe + 1")))
    text = "maybe is known and plus(first(xs)) > 1"
    found = Diagnostics()
    assert compile_expression(text, at(text), scope, found) is None
    assert [d.code for d in found.errors] == ["R103"]


def test_a_mistake_in_a_definition_is_reported_once() -> None:
    found = Diagnostics()
    for text in ("misspelt(d) + misspelt(n)", "misspelt(1)"):
        assert compile_expression(text, at(text), SCOPE, found) is None
    assert [d.code for d in found.items] == ["R101"]


# The grammar --------------------------------------------------------------------------------------------------------

KEYWORDS = ("if", "else", "or", "and", "not", "in", "is", "known", "unknown", "for", "true", "false")


def test_the_grammar_has_no_conflict() -> None:
    lark.Lark(grammar_of("rlve_dsl.expressions"), parser="lalr", lexer="basic", strict=True, maybe_placeholders=False)


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_keyword_lexes_as_itself_and_only_whole(keyword: str) -> None:
    def lexed(text: str) -> list[str]:
        return [str(token.type) for token in _parser().lex(text)]

    (kind,) = lexed(keyword)
    assert kind != "NAME"
    for name in (f"{keyword}s", f"{keyword}_", f"{keyword}1", f"x{keyword}", f"_{keyword}"):
        assert lexed(name) == ["NAME"]
    assert lexed(f"a {keyword} b") == ["NAME", kind, "NAME"]
    assert lexed(f"({keyword})")[1] == kind


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("(a+b)*c", "(a + b) * c"), ("a+(b*c)", "a + b * c"), ("a-(b-c)", "a - (b - c)"), ("( a )", "a"), ("-(a^2)", "-a ^ 2"),
        ("(-a)^2", "(-a) ^ 2"), ("not (a and b)", "not (a and b)"), ("15  days", "15 days"), ("1.10", "1.10"),
        ("f( x for x in xs if c )", "f(x for x in xs if c)"), ("f([x for x in xs],by=it)", "f([x for x in xs], by=it)"),
        ("(a if b else c) if d else e", "(a if b else c) if d else e"), ("a if b else (c if d else e)", "a if b else c if d else e"),
        ("(a < b) == c", "(a < b) == c"), ("(a.b)[c].d", "a.b[c].d"), ("not a in b", "not a in b"),
    ],
)  # fmt: skip
def test_an_expression_is_printed_in_one_way(text: str, printed: str) -> None:
    tree = parse(text, at(text), Diagnostics())
    assert tree is not None and format_expression(tree) == printed


def test_depth_is_counted_in_levels_not_in_brackets(value: Value) -> None:
    assert value("+".join(["1"] * DEEPEST)) == DEEPEST
    assert len(value("[" + ", ".join(["1 + 2 * 3"] * 200) + "]")) == 200
    assert [d.code for d in problems_of("+".join(["1"] * (DEEPEST + 1)))] == ["S204"]
