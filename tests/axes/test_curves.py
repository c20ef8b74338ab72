"""Curves: a value at every level, of the declared type, in the declared direction."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlve_dsl import files
from rlve_dsl.axes import AxisTable, tabulate
from rlve_dsl.diagnostics import Diagnostics

STANDARD = Path(__file__).parents[2] / "scenarios" / "axes" / "standard.yaml"

# The published values at levels 0, 6 and 12.
PUBLISHED = {
    "constraints": (2, 5, 8),
    "results": (3, 5, 7),
    "turn_budget": (4, 7, 10),
    "omission": (0.095, 0.70, 0.80),
    "typing_noise": (0, 0.06, 0.12),
    "switching": (0.046, 0.37, 0.58),
    "search_depth": (200, 140, 80),
    "search_noise": (0, 0.12, 0.24),
    "stock_outs": (0, 0.30, 0.50),
    "history": (1, 4, 7),
    "policy_depth": (1, 3, 5),
    "tool_budget": (1, 4, 7),
}


def table(
    curve: str, type_: str = "real", role: str = "harder_up", levels: str = "0..12"
) -> tuple[AxisTable | None, list[str]]:
    text = f'kind: Axes\nname: a\nlevels: {levels}\naxes:\n  x: {{type: {type_}, curve: "{curve}", role: {role}}}\n'
    axes, found = files.load_text(text, "axes.yaml").spec, Diagnostics()
    assert isinstance(axes, files.Axes)
    return tabulate("x", axes.axes["x"], axes.levels, found), [d.code for d in found.items]


def test_the_standard_axes_are_the_published_ones() -> None:
    axes, found = files.load(STANDARD).spec, Diagnostics()
    assert isinstance(axes, files.Axes) and axes.axes.keys() == PUBLISHED.keys()
    for name, axis in axes.axes.items():
        made = tabulate(name, axis, axes.levels, found)
        assert made is not None
        assert [made.at(level) for level in (0, 6, 12)] == pytest.approx(PUBLISHED[name], abs=0.006), name
    assert not found.items


@pytest.mark.parametrize(
    ("type_", "curve"), [("int", "d"), ("int", "floor(d / 2)"), ("real", "d / 2"), ("real", "d"), ("real", "1")]
)
def test_an_axis_has_the_type_that_it_declares(type_: str, curve: str) -> None:
    made, codes = table(curve, type_)
    assert made is not None and str(made.type) == type_ and not codes
    assert len(made.values) == 13


def test_levels_need_not_begin_at_zero() -> None:
    made, _ = table("d", "int", levels="3..5")
    assert made is not None and [made.at(level) for level in (3, 4, 5)] == [3, 4, 5]


@pytest.mark.parametrize("curve", ["1 / d", "1 / (d - 12)", "log(d)", "sqrt(d - 5)", "exp(d * 100)", "10 ^ (100 * d)"])
def test_a_curve_without_a_value_at_some_level_is_reported(curve: str) -> None:
    made, codes = table(curve)
    assert made is None and codes == ["R201"]


@pytest.mark.parametrize(
    ("curve", "role", "warned"),
    [
        ("d", "harder_up", False), ("-d", "harder_up", True), ("5", "harder_up", False),
        ("d", "harder_down", True), ("-d", "harder_down", False),
        ("-d", "allowance", True), ("abs(d - 6)", "harder_up", True), ("abs(d - 6)", "shape", False),
    ],
)  # fmt: skip
def test_a_curve_against_its_role_is_a_warning(curve: str, role: str, warned: bool) -> None:
    made, codes = table(curve, role=role)
    assert made is not None and codes == (["R202"] if warned else [])


def test_an_int_axis_takes_no_real_and_no_other_names() -> None:
    assert table("d / 2", "int") == (None, ["R102"])
    assert table("level") == (None, ["R101"])
