"""Small policies made at random: four facts with 84 situations, two or three decisions that may use one another."""

from __future__ import annotations

from hypothesis import strategies as st

FACTS = """kind: Policy
name: made-up
facts:
  kind: {type: enum, values: [red, green, blue]}
  gift: {type: bool}
  sealed: {type: bool}
  age: {type: days, min: 0, max: 6, since: delivery}
"""


def _quantity(name: str) -> st.SearchStrategy[str]:
    days = st.integers(0, 7).map(lambda n: f"{n} day{'s' * (n != 1)}")
    sign = st.sampled_from(("<", "<=", ">", ">="))
    return st.one_of(
        st.builds(lambda s, n: f"{name} {s} {n}", sign, days),
        st.builds(lambda a, b: f"{name} is between {a} and {b}", days, days),
        days.map(lambda n: f"{name} is not {n}"),
    )


_atoms = st.one_of(
    st.sampled_from(
        (
            "gift", "sealed", "not gift", "kind is red", "kind is not blue", "kind is one of red, green",
            "kind is none of green, blue", "age is known",
        )
    ),
    _quantity("age"),
    st.integers(0, 6).map(lambda n: f"within {n} days of delivery"),
)  # fmt: skip


def _join(atoms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        atoms, atoms,
        st.builds(lambda a, b: f"{a} and {b}", atoms, atoms),
        st.builds(lambda a, b: f"({a}) or not ({b})", atoms, atoms),
    )  # fmt: skip


_conditions = _join(_atoms)


@st.composite
def _rule(draw: st.DrawFn, name: str, below: tuple[str, ...]) -> str:
    compared = [st.sampled_from((f"age <= {n}", f"{n} < age", f"within {n} of delivery", f"age is {n}")) for n in below]
    conditions = _join(st.one_of(_atoms, *(_quantity(other) for other in below), *compared))
    values = st.one_of(
        st.integers(1, 5).map(lambda n: f"{n} day{'s' * (n != 1)}"),
        st.sampled_from(("age", "50% of age + 1 day", *below, *(f"{other} + 2 days" for other in below))),
    )
    lines = [f"decide {name} as {draw(values)}"]

    def body(depth: int, indent: str) -> None:
        for _ in range(draw(st.integers(0, 3 if depth == 0 else 1))):
            lines.append(f"{indent}except {draw(values)} when {draw(conditions)}")
            if depth < 2:
                body(depth + 1, indent + "  ")
        for _ in range(draw(st.integers(0, 2 if depth == 0 else 1))):
            word = draw(st.sampled_from(("plus", "minus", "at most", "at least")))
            when = f" when {draw(conditions)}" if draw(st.booleans()) else ""
            lines.append(f"{indent}{word} {draw(values)}{when}")

    body(0, "  ")
    for _ in range(draw(st.integers(0, 2))):
        lines.append(f"  but {draw(values)} when {draw(conditions)}")
        body(1, "    ")
    return "\n".join(lines)


@st.composite
def policies(draw: st.DrawFn) -> str:
    """The text of a Policy file; its rules may be at odds with one another."""
    names = ("alpha", "beta", "gamma")[: draw(st.integers(1, 3))]
    text = FACTS
    assumed = draw(st.sampled_from(("", "age is known only when gift", "age <= 4 days", "sealed only when gift")))
    if assumed:
        text += f"assume: [{assumed}]\n"
    text += "decisions:\n" + "".join(f"  {name}: {{type: days}}\n" for name in names) + "rules: |\n"
    for place, name in enumerate(names):
        rule = draw(_rule(name, names[max(0, place - 1) : place]))
        text += "".join(f"  {line}\n" for line in rule.splitlines())
    return text
