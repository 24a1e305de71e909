"""The end of a search that takes too long.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/valueset-issue-type.html (too-costly).
"""

from __future__ import annotations

from xinglin.kernel.errors import Issue, TooCostly


def too_costly(limit: float) -> TooCostly:
    """The refusal of a search that took too long."""
    return TooCostly(
        Issue(
            "too-costly",
            f"The search took longer than {limit:g} seconds and was stopped. Narrow it: by patient,"
            " by date, by code with its system; ask for no total; sort by a date or by nothing.",
            f"检索超过 {limit:g} 秒，已停止。请缩小范围：限定患者、日期，或带系统的代码；"
            "不要求总数；按日期排序或不排序。",
        )
    )
