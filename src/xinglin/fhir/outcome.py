"""OperationOutcome: what went wrong, in the reader's language and always in English too.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/operationoutcome.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.kernel.errors import Issue

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL_WELL = Issue("informational", "No issues were found.", "未发现问题。", severity="information")


def operation_outcome(issues: Iterable[Issue], lang: str = "en") -> dict[str, Any]:
    """The resource that tells these issues; ``lang`` is ``en`` or ``zh``.

    Without issues it says that all is well, as an outcome must say something.
    """
    found = [_issue(issue, lang) for issue in issues] or [_issue(ALL_WELL, lang)]
    return {"resourceType": "OperationOutcome", "issue": found}


def _issue(issue: Issue, lang: str) -> dict[str, Any]:
    chinese = lang.startswith("zh")
    out: dict[str, Any] = {
        "severity": issue.severity,
        "code": issue.code,
        "details": {"text": issue.zh if chinese else issue.en},
    }
    if chinese:
        out["diagnostics"] = issue.en
    if issue.expression:
        out["expression"] = list(issue.expression)
    return out
