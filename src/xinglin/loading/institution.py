"""The institution that foreign test data belongs to: of its own, and marked as such.

https://hl7.org/fhir/R4/organization.html; the mark is http://terminology.hl7.org/CodeSystem/v3-ActReason
HTEST (test health data).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from xinglin.kernel.errors import Invalid, Issue

if TYPE_CHECKING:
    from .client import Client

_SYSTEM = "urn:xinglin:test-institution"
TEST_DATA = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}


def organization(name: str) -> dict[str, Any]:
    """The Organization, always the same for a name."""
    mark = hashlib.sha256(name.encode()).hexdigest()[:16]
    return {
        "resourceType": "Organization",
        "id": f"test-{mark}",
        "meta": {"tag": [TEST_DATA]},
        "identifier": [{"system": _SYSTEM, "value": mark}],
        "active": True,
        "type": [{"text": "Test institution 测试机构"}],
        "name": name,
    }


async def establish(client: Client, name: str) -> str:
    """Make the institution if it is not there; return its reference."""
    resource = organization(name)
    if await client.read("Organization", resource["id"]) is None:
        request = {"method": "PUT", "url": f"Organization/{resource['id']}"}
        entry = {"resource": resource, "request": request}
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        answer = await client.post(bundle)
        if not answer.fine:
            told = answer.diagnostics()
            raise Invalid(
                Issue(
                    "processing",
                    f"The institution {name} cannot be made: {told}",
                    f"无法建立机构 {name}：{told}",
                )
            )
    return f"Organization/{resource['id']}"
