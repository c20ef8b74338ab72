"""Difficulty axes: the value of every axis at every level, computed once.

Belongs here: curves as tables over the level. Does not belong here: what reads an axis.
"""

from rlve_dsl.axes.curves import AxisTable, tabulate

__all__ = ["AxisTable", "tabulate"]
