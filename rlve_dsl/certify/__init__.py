"""Certification: is a scenario worth training on? Checks, probes, and the certificate.

Belongs here: playing a scenario in every way that could show a defect, and judging what was seen. Does not belong here: the
name of any environment, or what a reward should be.
"""

from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.certificate import Certificate, certify, check_folder, choose, to_json, with_files
from rlve_dsl.certify.checks import CHECKS
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.distribution import Distribution, distribution
from rlve_dsl.certify.extensions import checks_of
from rlve_dsl.certify.findings import CheckResult, Figure, Finding
from rlve_dsl.certify.intervals import Interval
from rlve_dsl.certify.judging import fault_of_result
from rlve_dsl.certify.page import files_of, page
from rlve_dsl.certify.plan import Plan, levels_as_text, read_levels
from rlve_dsl.certify.probes import PROBES, Probe, probes_of
from rlve_dsl.certify.store import KeptCertificate, certificate_in, keep_certificate, kept_certificate
from rlve_dsl.certify.workers import cores

__all__ = [
    "CHECKS",
    "PROBES",
    "Case",
    "Certificate",
    "Check",
    "CheckResult",
    "Distribution",
    "Figure",
    "Finding",
    "Interval",
    "KeptCertificate",
    "Plan",
    "Probe",
    "certificate_in",
    "certify",
    "check_folder",
    "checks_of",
    "choose",
    "cores",
    "distribution",
    "fault_of_result",
    "files_of",
    "keep_certificate",
    "kept_certificate",
    "levels_as_text",
    "page",
    "probes_of",
    "read_levels",
    "to_json",
    "with_files",
]
