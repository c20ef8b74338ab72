"""The curriculum: which levels an environment is played at, as a window that rises with the pass rate (RLVE).

Belongs here: windows, the outcomes counted, learning progress, their state as JSON, and simulations with learners that are made up. Does not belong here: episodes, files, or which
outcomes are learnt from.
"""

from rlve_dsl.curriculum.simulation import LEARNERS, Batch, Learner, simulate
from rlve_dsl.curriculum.windows import AxisLevels, Bounds, Curriculum, Draw, Standing, Window

__all__ = [
    "LEARNERS",
    "AxisLevels",
    "Batch",
    "Bounds",
    "Curriculum",
    "Draw",
    "Learner",
    "Standing",
    "Window",
    "simulate",
]
