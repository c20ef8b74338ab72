"""Which level an environment is played at: a window that climbs with the pass rate (RLVE).

Belongs here: windows, their outcomes and their state as JSON. Does not belong here: episodes, files, or what is done with
an outcome that taught nothing: outcomes are counted before any of them is set aside.
"""

from rlve_dsl.curriculum.windows import Curriculum, Standing, Window

__all__ = ["Curriculum", "Standing", "Window"]
