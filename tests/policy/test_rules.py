"""Properties of rules over random trees: text and tree agree, closures and tree agree, nothing breaks the parser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.files import BlockText
from rlve_dsl.policy import Policy, ast, compile_policy
from rlve_dsl.policy.language.format import format_block, format_rules
from rlve_dsl.policy.language.lines import lay_out
from rlve_dsl.policy.language.parse import parse_rules
from tests.policy.conftest import compiled, store_text
from tests.policy.interpreter import Interpreter
from tests.policy.trees import CONDUCT, HEADER, RULES, SITUATIONS

quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def block(text: str) -> BlockText:
    lines = text.splitlines() or [""]
    return BlockText(text.rstrip("\n"), Span("a.yaml", 1, 1, len(lines), len(lines[-1]) + 1))


def parsed(text: str, conduct: bool = False) -> tuple[ast.Statement, ...]:
    found = Diagnostics()
    rules = parse_rules(block(text), found, conduct)
    assert not found.items, (text, found.items[0])
    return rules.statements


def indented(text: str) -> str:
    return "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())


def policy_of(rules: tuple[ast.Decide, ...]) -> Policy:
    policy, problems = compiled(HEADER + indented(format_rules(rules)))
    assert policy is not None, problems[0]
    return policy


@quick
@given(RULES)
def test_parsing_what_was_formatted_gives_the_same_rules(rules: tuple[ast.Decide, ...]) -> None:
    assert parsed(format_rules(rules)) == rules


@quick
@given(CONDUCT)
def test_so_do_rules_of_conduct(rules: tuple[ast.Statement, ...]) -> None:
    assert parsed(format_rules(rules), conduct=True) == rules


@quick
@given(rules=RULES, facts=SITUATIONS, data=st.data())
def test_closures_decide_as_the_tree_reads(
    rules: tuple[ast.Decide, ...], facts: Mapping[str, Any], data: st.DataObject
) -> None:
    policy = policy_of(rules)
    ids = [clause.id for decision in policy.decisions.values() for clause in decision.clauses if not clause.is_base]
    without = data.draw(st.sets(st.sampled_from(ids), max_size=2) if ids else st.just(set()))
    for name in policy.decisions:
        ruling = policy.decide(name, facts, without)
        assert ruling.value == Interpreter(policy, facts, frozenset(without)).decide(name)
        assert not set(ruling.clauses) & without
        assert ruling.facts <= policy.decisions[name].facts


@quick
@given(rules=RULES, facts=SITUATIONS, other=SITUATIONS)
def test_only_the_facts_that_were_looked_at_matter(
    rules: tuple[ast.Decide, ...], facts: Mapping[str, Any], other: Mapping[str, Any]
) -> None:
    policy = policy_of(rules)
    for name in policy.decisions:
        ruling = policy.decide(name, facts)
        changed = {fact: facts[fact] if fact in ruling.facts else other[fact] for fact in facts}
        again = policy.decide(name, changed)
        assert (again.value, again.clauses) == (ruling.value, ruling.clauses)


@quick
@given(rules=RULES, data=st.data())
def test_comments_and_layout_do_not_count_and_comments_are_kept(
    rules: tuple[ast.Decide, ...], data: st.DataObject
) -> None:
    canonical = format_rules(rules)
    step = data.draw(st.integers(1, 5))
    lines: list[str] = []
    written: list[str] = []
    for number, line in enumerate(canonical.splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2
        if data.draw(st.booleans()):
            written.append(f'# {number} "and" it\'s above')
            lines += [*[""] * data.draw(st.integers(0, 2)), " " * data.draw(st.integers(0, 9)) + written[-1]]
        continues = re.match(r"\s*(and|or)\b", line)
        margin = " " * (depth * step if not continues else data.draw(st.integers(0, 20)))
        remark = f"  # {number} behind" if line and data.draw(st.booleans()) else ""
        if remark:
            written.append(remark.strip())
        lines.append(margin + line.strip() + remark)
    text = "\n".join(lines)
    assert parsed(text) == rules
    formatted = format_block(block(text), Diagnostics())
    assert formatted is not None
    assert parsed(formatted) == rules
    assert sorted(re.findall(r"# \d+ .*", formatted)) == sorted(written)
    assert format_block(block(formatted), Diagnostics()) == formatted
    assert not re.search(r"[ \t]$", formatted, re.MULTILINE) and "\n\n\n" not in formatted


def test_the_formatted_text_of_the_store() -> None:
    written = store_text().partition("rules: |\n")[2].partition("conduct:")[0]
    text = "".join(line.removeprefix("  ") for line in written.splitlines(keepends=True))
    joined = text.replace("return_window\n  and", "return_window and").replace("total between", "total is between")
    assert format_block(block(text), Diagnostics()) == joined != text


STRANGE = ["'", '"', "(", ")", ",", "#", "$", "%", "=", "-", ".", "\t", "\n", " ", "é", "\u2028", "0", "9" * 30,
           "when ", "except ", "decide ", "as ", "is ", "not ", "and ", "one of ", "within ", "of ", "if ", "at most "]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The store's policy with a few slips in its rules."""
    text = store_text()
    start = text.index("rules: |\n") + len("rules: |\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(start, len(text) - 1))
        until = at + draw(st.integers(0, 12))
        piece = draw(st.sampled_from(["", *STRANGE]))
        text = text[:at] + piece + text[until:]
    return text


@settings(quick, max_examples=100)
@given(mutated())
def test_a_mistake_is_a_diagnostic_and_never_a_crash(text: str) -> None:
    policy, problems = compiled(text)
    assert (policy is None) == any(problem.severity == "error" for problem in problems)
    lines = text.splitlines()
    for problem in problems:
        assert re.match(r"[`a-z]", problem.message) and problem.span is not None
        assert 1 <= problem.span.line <= problem.span.end_line <= len(lines) + 1


@pytest.mark.parametrize("text", ["(" * 900, "not " * 400 + "x", "decide x as " + "1 + " * 450 + "1", '"' * 999, "9" * 1999,
                                  "decide x as " + "$1 of " * 300 + "$1", "a." * 800, " " * 500 + "and x", "#" * 3000])  # fmt: skip
def test_long_and_deep_lines_are_told(text: str) -> None:
    found = Diagnostics()
    parse_rules(block(text), found)
    assert len(found.errors) == 1


@pytest.mark.parametrize(("condition", "codes"), [("(" * 900 + "a" + ")" * 900, []), ("not " * 60 + "a", ["P109"])])
def test_the_depth_of_a_rule_counts_its_parts_and_no_brackets(condition: str, codes: list[str]) -> None:
    found = Diagnostics()
    parse_rules(block(f"decide x as {condition}"), found)
    assert [problem.code for problem in found.errors] == codes


def test_a_rule_that_is_too_long_is_told() -> None:
    found = Diagnostics()
    parse_rules(block("decide x as a\n" + "  or order.is_gift\n" * 200), found)
    assert [problem.code for problem in found.errors] == ["P109"]


@pytest.mark.parametrize(
    ("clauses", "allowed"),
    [
        (["  except 1 day when order.is_gift"] * 100, True),
        (["  except 1 day when order.is_gift"] * 101, False),
        ([f"{'  ' * depth}except 1 day when order.is_gift" for depth in range(1, 21)], True),
        ([f"{'  ' * depth}except 1 day when order.is_gift" for depth in range(1, 22)], False),
        ([f"{'  ' * depth}except 1 day when order.is_gift" for depth in range(1, 500)], False),
    ],
)
def test_a_decision_has_a_limit_to_its_clauses_and_their_depth(clauses: list[str], allowed: bool) -> None:
    found = Diagnostics()
    parse_rules(block("\n".join(["decide x as 2 days", *clauses])), found)
    assert {problem.code for problem in found.errors} == (set() if allowed else {"P109"})


@pytest.mark.parametrize(("number", "codes"), [(60, []), (61, ["P109"]), (300, ["P109"])])
def test_a_row_of_decisions_has_an_end(number: int, codes: list[str]) -> None:
    declared = "".join(f"  d{n}: {{type: days}}\n" for n in range(number))
    rules = "".join(f"  decide d{n} as {f'd{n - 1}' if n else '1 day'}\n    plus 1 day\n" for n in range(number))
    policy, problems = compiled(
        f"kind: Policy\nname: p\nfacts: {{f: {{type: bool}}}}\ndecisions:\n{declared}rules: |\n{rules}"
    )
    assert [problem.code for problem in problems] == codes
    assert policy is None or policy.decide(f"d{number - 1}", {}).value == number + 1


def test_places_are_exact_over_the_lines_of_a_rule() -> None:
    text = "decide x as a  # one\n\n    # two\n  and (b\n  or c)"
    (statement,) = parsed(text)
    assert isinstance(statement, ast.Decide)
    value = statement.layers[0].value
    assert isinstance(value, ast.Joined)
    assert [text[slice(*part.place)] for part in value.conditions] == ["a", "(b\n  or c)"]


def test_layout_reads_lines_comments_and_gaps() -> None:
    layout = lay_out('# head\n\ndecide x as "a # b"  # why\n\n\n  # more\n  except y\n    and z # so\n# end\n')
    first, second = layout.lines
    assert (first.text, first.comments, first.remark, first.gap) == (
        'decide x as "a # b"',
        ("# head", ""),
        "# why",
        False,
    )
    assert (second.text, second.indent, second.comments, second.gap) == ("except y\n    and z", 2, ("# more",), True)
    assert second.remark == "# so" and layout.rest == ("# end",)


@pytest.mark.parametrize("number", [2, 50, 400])
def test_a_long_circle_of_rules_of_conduct_is_reported_once_with_all_its_rules(number: int) -> None:
    rules = [f"require t.n{step} before t.n{(step + 1) % number}" for step in range(number)]
    source = files.load_text(
        "kind: Policy\nname: p\nfacts: {f: {type: bool}}\ndecisions: {d: {type: bool}}\nrules: |\n  decide d as f\n"
        "conduct: |\n" + "".join(f"  {rule}\n" for rule in rules), "a.yaml",
    ).spec  # fmt: skip
    assert isinstance(source, files.Policy)
    found = Diagnostics()
    compile_policy(source, found)
    (problem,) = found.items
    assert (problem.code, len(problem.related)) == ("P219", number - 1)
    assert problem.span is not None and problem.span.line == 7 + number


def test_what_there_is_too_much_of_in_a_decision_is_told_once() -> None:
    found = Diagnostics()
    deep = [f"{'  ' * depth}except 1 day when order.is_gift" for depth in range(1, 50)]
    wide = ["  except 1 day when order.is_gift"] * 200
    parse_rules(block("\n".join(["decide x as 2 days", *deep, "decide y as 2 days", *wide])), found)
    assert [problem.code for problem in found.errors] == ["P109", "P109"]
