"""The machine that proves an environment worth training on: checks, probes, the certificate.

Belongs here: playing a scenario in every way that could show it unsound, and saying what was found. Does not belong here:
the name of any environment, or what a reward should be.
"""

from rlve_dsl.certify.certificate import Certificate, certify, choose, to_json, with_files, write
from rlve_dsl.certify.checks import CHECKS, Check
from rlve_dsl.certify.demonstrations import Demonstration, demonstrate
from rlve_dsl.certify.findings import CheckResult, Figure, Finding
from rlve_dsl.certify.intervals import Interval
from rlve_dsl.certify.page import page
from rlve_dsl.certify.plan import Plan, read_levels
from rlve_dsl.certify.probes import PROBES, Probe

__all__ = [
    "CHECKS",
    "PROBES",
    "Certificate",
    "Check",
    "CheckResult",
    "Demonstration",
    "Figure",
    "Finding",
    "Interval",
    "Plan",
    "Probe",
    "Source",
    "certify",
    "choose",
    "demonstrate",
    "page",
    "read_levels",
    "to_json",
    "with_files",
    "write",
]
