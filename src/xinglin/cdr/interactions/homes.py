"""Who answers for a resource: written by the server, never read from the body as such.

The encounter's provider, else the own Organization or that of the Location, else the acting campus.
Patients and catalogues belong to the group as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.fhir import definitions

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALSO_GROUP = frozenset(
    (
        "CatalogEntry",
        "DeviceDefinition",
        "Medication",
        "MedicationKnowledge",
        "ObservationDefinition",
        "OrganizationAffiliation",
        "Patient",
        "Person",
        "Practitioner",
        "SpecimenDefinition",
    )
)
_GROUP_PREFIXES = ("MedicinalProduct", "Substance")


def _is_group(type_: str) -> bool:
    # What is published under a canonical address is a catalogue.
    return (
        type_ in _ALSO_GROUP
        or type_.startswith(_GROUP_PREFIXES)
        or definitions.element(type_, "url") is not None
    )


_GROUP = frozenset(type_ for type_ in definitions.resource_types() if _is_group(type_))
_OWNER = {"Encounter": "serviceProvider", "Location": "managingOrganization"}


def of_group(type_: str) -> bool:
    """Whether what is of this type belongs to the group as a whole."""
    return type_ in _GROUP


def local(reference: Any, type_: str) -> tuple[str, str] | None:
    """(type, id) of a Reference to a resource of this type in this repository."""
    text = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(text, str) or not text.startswith(type_ + "/"):
        return None
    return type_, text.split("/")[1]


def home_of(
    resource: dict[str, Any], rid: int, numbers: Mapping[tuple[str, str], int], acting: int | None
) -> tuple[int | None, int | None]:
    """(home, encounter): the home, unless the encounter with that rid has one."""
    type_: str = resource["resourceType"]
    if type_ in _GROUP:
        return None, None
    if type_ == "Organization":
        return rid, None
    owner = local(resource.get(_OWNER.get(type_, "")), "Organization")
    if owner is not None:
        return numbers[owner], None
    for element in ("encounter", "context"):
        visit = local(resource.get(element), "Encounter")
        if visit is not None:
            return acting, numbers[visit]
    return acting, None
