"""Sealed notes: resources with the label V, which only the author's own team reads.

v3-Confidentiality, V very restricted; https://hl7.org/fhir/R4/security-labels.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xinglin.cdr.index import KeySpace
from xinglin.cdr.search import ir

from .sealing import CONFIDENTIALITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xinglin.cdr.search.engine import Engine

AUTHORS: Final[Mapping[str, tuple[str, ...]]] = {
    "ClinicalImpression": ("assessor",),
    "Composition": ("author",),
    "Condition": ("asserter",),
    "DiagnosticReport": ("performer",),
    "DocumentReference": ("author",),
    "Procedure": ("performer",),
    "QuestionnaireResponse": ("author",),
}
"""The types that may be sealed by themselves, and the search parameters that name who wrote it."""
VERY_RESTRICTED: Final = "V"


def unsealed(engine: Engine, type_: str, team: tuple[int, ...]) -> ir.Node:
    """Is no sealed note, or one that somebody of the team wrote."""
    known = engine.registry
    label = known.get(type_, "_security")
    if type_ not in AUTHORS or label is None:
        return ir.Always()
    ks = tuple(
        engine.keys.token(source, CONFIDENTIALITY, VERY_RESTRICTED) for source in label.sources
    )
    authors = [known.get(type_, name) for name in AUTHORS[type_]]
    by = tuple(
        KeySpace.ref(source, rid)
        for param in authors
        if param is not None
        for source in param.sources
        for rid in team
    )
    return ir.either(ir.negate(ir.Key(ks)), *([ir.Key(by)] if by else []))
