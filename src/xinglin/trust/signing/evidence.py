"""Evidence that can be taken away: one file that is verified without network or database.

A FHIR Parameters resource: the exact body, the Provenance, the certificates, the revocation list.
spec/clinical, section 8.5.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from xinglin.fhir import json
from xinglin.kernel.errors import Issue, Malformed
from xinglin.kernel.keyring import fingerprint

from . import algorithms, certificates
from .model import Verdict
from .verifier import Evidence, verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509

FORM = "xinglin-evidence-1"

__all__ = ["FORM", "Package", "Verdict", "build", "parse", "read"]


class Package(msgspec.Struct, frozen=True):
    """What such a file holds; ``certificates`` are the roots of whoever made it."""

    evidence: Evidence
    certificates: tuple[bytes, ...]

    def verdicts(self, roots: Sequence[x509.Certificate], now: datetime) -> list[Verdict]:
        """What its signatures are worth to someone who trusts these roots, and no others."""
        return verify(self.evidence, roots, now)

    def roots(self) -> list[str]:
        """Fingerprints of the roots it names, to be compared with what the hospital publishes."""
        return [fingerprint(one) for one in self.certificates]


def build(
    body: bytes,
    provenance: bytes,
    lists: Sequence[bytes],
    roots: Sequence[x509.Certificate],
) -> dict[str, Any]:
    """The Parameters resource."""
    national = algorithms.sm3(body)
    parameter: list[dict[str, Any]] = [
        {"name": "form", "valueString": FORM},
        {"name": "sha256", "valueString": hashlib.sha256(body).hexdigest()},
        *([{"name": "sm3", "valueString": national}] if national else []),
        _binary("body", body),
        _binary("provenance", provenance),
        *(_binary("revocations", one) for one in lists),
        *(_binary("root", certificates.der(one)) for one in roots),
    ]
    return {"resourceType": "Parameters", "parameter": parameter}


def _binary(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "valueBase64Binary": base64.b64encode(content).decode()}


def read(path: Path) -> Package:
    """From a file; raises Malformed."""
    return parse(path.read_bytes())


def parse(raw: bytes) -> Package:
    """From bytes; raises Malformed."""
    try:
        given = msgspec.json.decode(raw, type=dict[str, Any])
        found: dict[str, list[bytes]] = {}
        for one in given["parameter"]:
            if "valueBase64Binary" in one:
                content = base64.b64decode(one["valueBase64Binary"], validate=True)
                found.setdefault(one["name"], []).append(content)
        (body,), (provenance,) = found["body"], found["provenance"]
        resource = json.decode(provenance)
    except Exception as error:
        raise _unreadable() from error
    lists, roots = found.get("revocations", ()), found.get("root", ())
    return Package(Evidence(body, resource, tuple(lists)), tuple(roots))


def _unreadable() -> Malformed:
    return Malformed(
        Issue(
            "structure",
            "This is no evidence file: save the answer of Provenance/ID/$evidence as it comes",
            "这不是证据文件：请原样保存 Provenance/ID/$evidence 的返回内容",
        )
    )
