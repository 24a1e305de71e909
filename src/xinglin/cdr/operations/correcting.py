"""``$correct-home``: which organisation answers for a resource, put right.

docs/adr/0008-access-in-sql.md; the operation is our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.cdr.interactions.correct_home import correct_home
from xinglin.kernel.errors import Issue, Malformed

from .registry import OWN_DEFINITION, Call, Reply

if TYPE_CHECKING:
    from xinglin.cdr.context import Context

    from .registry import Registry


class CorrectHome:
    """The operation over one repository."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def register(self, registry: Registry) -> None:
        """Make it callable on every resource."""
        registry.register(
            "correct-home",
            ("instance",),
            (),
            self.run,
            changes=True,
            definition=f"{OWN_DEFINITION}correct-home",
        )

    async def run(self, call: Call) -> Reply:
        """``organization`` (a reference) and ``reason`` (a text) are both needed."""
        given = call.parameters.one("organization")
        named = given.get("reference") if isinstance(given, dict) else given
        if not isinstance(named, str) or not named.startswith("Organization/"):
            raise _missing("organization", "Organization/…")
        reason = (call.parameters.text("reason") or "").strip()
        if not reason:
            raise _missing("reason", "…")
        name = call.type, call.id
        organization = named.removeprefix("Organization/")
        result = await correct_home(self._context, call.access, name, organization, reason)
        return Reply(result.body)


def _missing(name: str, example: str) -> Malformed:
    return Malformed(
        Issue(
            "required",
            f"Parameter {name} is needed ({example})",
            f"缺少参数 {name}（{example}）",
            (f"Parameters.parameter.where(name='{name}')",),
        )
    )
