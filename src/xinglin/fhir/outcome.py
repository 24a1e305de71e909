"""OperationOutcome: what is wrong, and where, in the language of the caller.

https://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.kernel.errors import Issue


def operation_outcome(issues: Iterable[Issue], lang: str = "en") -> dict[str, Any]:
    """Return the OperationOutcome of some issues; ``lang`` is ``zh`` or ``en``."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(one, lang) for one in issues]}


def _issue(issue: Issue, lang: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "severity": issue.severity,
        "code": issue.code,
        "diagnostics": issue.zh if lang == "zh" else issue.en,
    }
    if issue.expression:
        told["expression"] = list(issue.expression)
    return told
