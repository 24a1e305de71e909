"""What a transaction will do, as far as it can be said before the database is asked.

https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from xinglin.fhir import validation
from xinglin.kernel.errors import Invalid, Issue, Malformed, Refusal
from xinglin.kernel.ids import uuid7

from . import criteria as matching
from . import hidden, image, links, sight
from .breath import Breath
from .entries import located

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xinglin.cdr.access import Access

    from .criteria import Criteria
    from .entries import Entry
    from .links import Site

Kind = Literal["delete", "create", "update", "patch"]
_KINDS: dict[str, Kind] = {"DELETE": "delete", "POST": "create", "PUT": "update", "PATCH": "patch"}
_ORDER = ("delete", "create", "update", "patch")


@dataclass(slots=True)
class Target:
    """What one entry writes. The id of a conditional one stands until the match says otherwise."""

    entry: Entry
    kind: Kind
    type: str
    id: str
    criteria: Criteria | None = None

    @property
    def name(self) -> str:
        """As it is referred to."""
        return f"{self.type}/{self.id}"


@dataclass(slots=True)
class Plan:
    """The targets in order of processing, and the links between them.

    ``movable``: links to conditional targets; ``pending``: references by criteria; ``references``:
    all of them by entry, so that nobody has to walk the resources again.
    """

    targets: list[Target] = field(default_factory=list[Target])
    reads: list[Entry] = field(default_factory=list["Entry"])
    movable: list[tuple[Site, Target]] = field(default_factory=list[Any])
    pending: dict[Criteria, list[tuple[Site, Entry]]] = field(default_factory=dict[Any, Any])
    references: dict[int, list[Site]] = field(default_factory=dict[int, Any])

    @property
    def creates_only(self) -> bool:
        """Whether nothing but new resources with ids of the server is written."""
        return not self.reads and all(t.kind == "create" and not t.criteria for t in self.targets)


async def plan(access: Access, parsed: Iterable[Entry]) -> Plan:
    """Read the entries; whatever is wrong with any of them is refused at once."""
    made = Plan()
    refusals: list[Refusal] = []
    for entry in parsed:
        try:
            if entry.method in {"GET", "HEAD"}:
                made.reads.append(entry)
            else:
                made.targets.append(_target(access, entry))
        except Refusal as refusal:
            refusals.append(located(refusal, entry))
    _raise(refusals)
    made.targets.sort(key=lambda target: _ORDER.index(target.kind))
    _refuse_doubles(made.targets)
    await _link(made)
    await _validate(made)
    return made


def _target(access: Access, entry: Entry) -> Target:
    kind = _KINDS[entry.method]
    if kind == "create" and (len(entry.path) != 1 or entry.query is not None):
        raise entry.refuse(
            f'POST "{entry.url}" is not possible inside a transaction; POST to a type creates.',
            f"transaction 中不支持 POST “{entry.url}”；向类型地址 POST 可新建资源。",
        )
    image.check_type(entry.type)
    letter = "c" if kind == "create" else "d" if kind == "delete" else "u"
    if not access.allows(entry.type, letter) and not (
        kind == "update" and access.allows(entry.type, "c")
    ):
        raise sight.forbidden(entry.type)
    target = Target(entry, kind, entry.type, entry.id)
    if kind == "create":
        target.id = uuid7()
        if entry.if_none_exist is not None:
            target.criteria = matching.normalise(entry.type, entry.if_none_exist)
    elif entry.query is not None:
        target.criteria = matching.normalise(entry.type, entry.query)
        target.id = (entry.resource or {}).get("id", "") if kind == "update" else ""
        target.id = target.id or uuid7()
    if entry.id:
        image.check_id(entry.id)
    if kind in {"create", "update"}:
        _check_body(entry)
    elif kind == "patch":
        entry.patch()
    return target


def _check_body(entry: Entry) -> None:
    image.check_head(entry.body(), entry.type, entry.id or None)
    hidden.refuse_subsetted(entry.body())


def _refuse_doubles(targets: list[Target]) -> None:
    """No two entries may be about the same thing."""
    seen: dict[Any, Target] = {}
    issues: list[Issue] = []
    for target in targets:
        mark: Any = target.criteria or target.name
        if target.kind == "delete":
            mark = (mark,) if target.criteria else mark
        marks = [mark]
        if target.entry.full_url:  # bdl-7: what refers to it would not know which is meant
            marks.append(("fullUrl", target.entry.full_url))
        first = next((seen[one] for one in marks if one in seen), None)
        if first is not None:
            issues.append(double(first, target))
        for one in marks:
            seen.setdefault(one, target)
    if issues:
        raise Malformed(*issues)


def double(first: Target, second: Target) -> Issue:
    """Two entries about the same resource."""
    return Issue(
        "duplicate",
        f"This entry and {first.entry.place} are about the same resource; "
        "in one transaction each may be written once.",
        f"此条目与 {first.entry.place} 指向同一资源；一个 transaction 中每个资源只能写一次。",
        (second.entry.place,),
    )


async def _link(made: Plan) -> None:
    """Set the links to other entries, and gather what the database must be asked for."""
    by_url = {target.entry.full_url: target for target in made.targets if target.entry.full_url}
    relative = any(url.startswith("http") for url in by_url)
    issues: list[Issue] = []
    # The same few criteria come back in thousands of places.
    read: dict[str, Criteria | None] = {}
    breath = Breath()
    for target in made.targets:
        await breath()
        resource = target.entry.resource
        if resource is None:
            continue
        base = links.base_of(target.entry.full_url) if relative else ""
        sites = links.find(resource)
        made.references[target.entry.index] = [s for s in sites if s.key == "reference"]
        for site in sites:
            linked = by_url.get(links.absolute(site.text, base))
            if linked is not None:
                _set(made, site, linked)
            elif site.key == "div":
                site.holder["div"] = links.narrative(site.text, lambda url: _name(by_url, url))
            elif site.key == "reference":
                _gather(made, site, target.entry, read, issues)
    if issues:
        raise Invalid(*issues)


def _name(by_url: dict[str, Target], url: str) -> str | None:
    target = by_url.get(url)
    return target.name if target else None


def _set(made: Plan, site: Site, target: Target) -> None:
    site.holder[site.key] = target.name
    if target.criteria is not None:
        made.movable.append((site, target))


def _gather(
    made: Plan, site: Site, entry: Entry, read: dict[str, Criteria | None], issues: list[Issue]
) -> None:
    text = site.text
    if text not in read:
        try:
            read[text] = _criteria(text)
        except Refusal as refusal:
            issues.extend(located(refusal, entry).issues)
            return
    wanted = read[text]
    if wanted is not None:
        made.pending.setdefault(wanted, []).append((site, entry))


def _criteria(text: str) -> Criteria | None:
    """The criteria of a reference that has some."""
    if text.startswith(("urn:uuid:", "urn:oid:")):
        raise Invalid(
            Issue(
                "not-found",
                f"{text} is the fullUrl of no entry of this transaction. Add it, or correct it.",
                f"{text} 不是本 transaction 中任何条目的 fullUrl。请补充该条目或更正引用。",
                ("Resource",),
            )
        )
    type_, mark, query = text.partition("?")
    if not mark or ":" in type_ or "/" in type_:
        return None
    image.check_type(type_)
    return matching.normalise(type_, query, "Reference.reference")


async def _validate(made: Plan) -> None:
    issues: list[Issue] = []
    breath = Breath()
    for target in made.targets:
        await breath()
        if target.kind in {"create", "update"}:
            found = validation.validate(target.entry.body(), conditional=True)
            if found:
                issues.extend(located(Invalid(*found), target.entry).issues)
    if any(issue.severity in {"error", "fatal"} for issue in issues):
        raise Invalid(*issues)


def _raise(refusals: list[Refusal]) -> None:
    """One refusal of the first kind, with the issues of all."""
    if refusals:
        raise type(refusals[0])(*(issue for refusal in refusals for issue in refusal.issues))
