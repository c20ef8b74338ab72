"""`python -m rlve_dsl.cli`."""

import sys

from rlve_dsl.cli import main

sys.exit(main())
