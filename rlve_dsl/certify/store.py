"""Certificates in the user's cache folder, so that a scenario that was certified on this machine is known to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from rlve_dsl.certify.certificate import Certificate, to_json
from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.writing import cache_folder, write_atomically


@frozen
class KeptCertificate:
    """What a kept certificate says.

    Attributes:
        id: Identifies its content.
        digest: The digest of the scenario that it is of.
        verdict: What it says in one line.
        passed: Whether none of the checks that were made fails.
        complete: Whether all checks were made.
        levels: The levels that were judged.
    """

    id: str
    digest: str
    verdict: str
    passed: bool
    complete: bool
    levels: tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Whether all checks were made, and none fails."""
        return self.passed and self.complete


def keep_certificate(certificate: Certificate) -> None:
    """Keep a certificate, but not one in which checks were left out in place of a complete one.

    Nothing happens where the cache folder cannot be written to.
    """
    before = kept_certificate(certificate.digest)
    if before is not None and before.complete and not certificate.complete:
        return
    with suppress(OSError):
        write_atomically(_file_of(certificate.digest), to_json(certificate))


def kept_certificate(digest: str) -> KeptCertificate | None:
    """Return the last certificate of a scenario with this digest that was made on this machine, if there is one."""
    try:
        return _read(_file_of(digest))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def certificate_in(folder: Path) -> KeptCertificate:
    """Return the certificate in a folder that `rlve-dsl certify --out` wrote.

    Raises:
        UsageError: When there is none.
    """
    try:
        return _read(folder / "certificate.json")
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"there is no certificate in `{folder}`") from None


def _read(file: Path) -> KeptCertificate:
    text = file.read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return KeptCertificate(
        id=sha256(text.encode()).hexdigest()[:16],
        digest=str(found["scenario"]["digest"]),
        verdict=str(found["verdict"]),
        passed=bool(found["passed"]),
        complete=bool(found["complete"]),
        levels=tuple(map(int, found["plan"]["levels"])),
    )


def _file_of(digest: str) -> Path:
    return cache_folder() / "certificates" / f"{digest}.json"
