"""``If-Match`` and ``If-None-Match`` on writes.

https://hl7.org/fhir/R4/http.html#concurrency; RFC 9110, sections 13.1.1 and 13.1.2
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xinglin.kernel.errors import Issue, Malformed, PreconditionFailed

if TYPE_CHECKING:
    from .draft import Draft

_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*')


def check(draft: Draft, if_match: str | None, if_none_match: str | None = None) -> None:
    """Refuse with 412 where the version that is there is not the one that was expected."""
    current = str(draft.old.ver) if draft.old and draft.live else None
    if if_match is not None:
        wanted = _tags(if_match, "If-Match")
        if current is None or (wanted is not None and current not in wanted):
            raise _failed(draft, current)
    if if_none_match is not None and current is not None:
        unwanted = _tags(if_none_match, "If-None-Match")
        if unwanted is None or current in unwanted:
            raise _failed(draft, current)


def unchanged(version: int, if_none_match: str) -> bool:
    """Whether a reader has this version already."""
    tags = _tags(if_none_match, "If-None-Match")
    return tags is None or str(version) in tags


def _tags(value: str, header: str) -> list[str] | None:
    """The versions named; None for ``*``, any version."""
    if value.strip() == "*":
        return None
    found = [_TAG.fullmatch(part) for part in value.split(",")]
    tags = [tag[1] for tag in found if tag]
    if len(tags) != len(found):
        raise Malformed(
            Issue(
                "value",
                f'{header}: "{value[:80]}" is no entity tag; write W/"3".',
                f'{header}：“{value[:80]}”不是实体标签；请写作 W/"3"。',
                (f"http.{header}",),
            )
        )
    return tags


def _failed(draft: Draft, current: str | None) -> PreconditionFailed:
    name = f"{draft.type}/{draft.id}"
    if current is None:
        return PreconditionFailed(
            Issue(
                "conflict",
                f"{name} is not there: it has no version. To create it, leave out If-Match.",
                f"{name} 不存在，没有可匹配的版本。若要新建，请去掉 If-Match。",
            )
        )
    return PreconditionFailed(
        Issue(
            "conflict",
            f"{name} is at version {current} now. Read it again, and apply your change to that.",
            f"{name} 当前为第 {current} 版。请重新读取后再修改。",
        ),
        headers={"ETag": f'W/"{current}"'},
    )
