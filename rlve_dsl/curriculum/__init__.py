"""The curriculum: which levels an environment is played at, as a window that rises with the pass rate (RLVE).

Belongs here: windows, the outcomes counted, and their state as JSON. Does not belong here: episodes, files, or which
outcomes are learnt from.
"""

from rlve_dsl.curriculum.windows import Curriculum, Standing, Window

__all__ = ["Curriculum", "Standing", "Window"]
