"""What a refusal must look like, and how much there is.

https://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

PATIENT = {"resourceType": "Patient"}


def refused(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    """The first issue of a refusal."""
    assert answer.status_code in (statuses or (400, 422)), f"{answer.status_code} {answer.text}"
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"]
    for issue in outcome["issue"]:
        assert issue["code"] != "exception"
        assert issue["details"]["text"]
    return outcome["issue"][0]


def count(fhir: httpx.Client) -> int:
    """How many resources there are."""
    return fhir.get("?_summary=count").json()["total"]
