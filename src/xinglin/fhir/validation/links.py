"""References: whether they are well written, point to an allowed type, and find what they contain.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/references.html; invariant ref-1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from xinglin.fhir import definitions
from xinglin.fhir.validation import references

if TYPE_CHECKING:
    from xinglin.fhir.validation.report import Report


class Link(NamedTuple):
    """A reference to a contained resource, to be looked up when all are known."""

    name: str
    place: str
    targets: tuple[str, ...]


def check(
    report: Report,
    value: dict[Any, Any],
    targets: tuple[str, ...],
    place: str,
    *,
    conditional: bool,
) -> Link | None:
    """A Reference; gives back what is still to be looked up."""
    text, named = value.get("reference"), value.get("type")
    kind, found = ("", "")
    if isinstance(text, str) and not text.isspace() and text:
        kind, found = references.read(text)
        _literal(report, text, (kind, found), targets, place, conditional=conditional)
    if isinstance(named, str) and ":" not in named:
        _named(report, named, found, targets, place)
    return Link(text[1:], f"{place}.reference", targets) if kind == "local" and text else None


def _literal(
    report: Report,
    text: str,
    meaning: tuple[str, str],
    targets: tuple[str, ...],
    place: str,
    *,
    conditional: bool,
) -> None:
    kind, found = meaning
    spot = f"{place}.reference"
    if kind == "invalid":
        report.say(
            "value",
            spot,
            f"{text[:80]!r} is no reference; write Type/id, an absolute address, "
            "urn:uuid:… or #id of a contained resource.",
            f"{text[:80]!r} 不是引用；请写成 Type/id、绝对地址、urn:uuid:… 或内嵌资源的 #id。",
        )
        return
    if kind == "conditional" and not conditional:
        report.say(
            "value",
            spot,
            "a conditional reference is only allowed in a transaction; write Type/id.",
            "条件引用只能用于事务；请写成 Type/id。",
        )
    if found and targets and found not in targets:
        wrong_target(report, spot, text[:80], found, targets)


def _named(report: Report, named: str, found: str, targets: tuple[str, ...], place: str) -> None:
    spot = f"{place}.type"
    if not definitions.is_resource_type(named):
        report.unknown_type(named, spot, definitions.resource_types())
    elif targets and named not in targets:
        wrong_target(report, spot, named, named, targets)
    elif found and found != named:
        report.say(
            "value",
            spot,
            f"the type says {named} but the reference says {found}; make them agree.",
            f"type 为 {named} 而 reference 为 {found}；请使两者一致。",
        )


def resolve(
    report: Report, links: list[Link], value: dict[Any, Any], name: str, place: str
) -> None:
    """References to contained resources must find one, of a type that is allowed."""
    found = _contained(report, value, place)
    found[""] = name
    for link in links:
        kind = found.get(link.name)
        if kind is None:
            report.say(
                "invalid",
                link.place,
                f"#{link.name} is not the id of a contained resource; "
                "contain it or refer to a resource of its own (ref-1).",
                f"#{link.name} 不是任何内嵌资源的标识；请内嵌该资源，或引用独立的资源（ref-1）。",
            )
        elif link.targets and kind and kind not in link.targets:
            wrong_target(report, link.place, f"#{link.name}", kind, link.targets)


def _contained(report: Report, value: dict[Any, Any], place: str) -> dict[str, str]:
    found: dict[str, str] = {}
    contained: Any = value.get("contained")
    members: list[Any] = contained if isinstance(contained, list) else []
    for index, inner in enumerate(members):
        key = inner.get("id") if isinstance(inner, dict) else None
        if not isinstance(key, str):
            continue
        if key in found:
            report.say(
                "duplicate",
                f"{place}.contained[{index}].id",
                f"{key[:64]!r} is already the id of another contained resource; use a new one.",
                f"标识 {key[:64]!r} 已被另一个内嵌资源使用；请换一个。",
            )
        kind = inner.get("resourceType")
        found[key] = kind if isinstance(kind, str) else ""
    return found


def wrong_target(report: Report, spot: str, text: str, kind: str, targets: tuple[str, ...]) -> None:
    """A reference to a type that is not allowed here."""
    allowed = ", ".join(targets)
    report.say(
        "value",
        spot,
        f"{text!r} points to {kind}, but only {allowed} may be referred to here.",
        f"{text!r} 指向 {kind}，而此处只能引用 {allowed}。",
    )
