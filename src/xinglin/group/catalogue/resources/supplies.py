"""Consumables as DeviceDefinition, suppliers as Organization.

https://hl7.org/fhir/R4/devicedefinition.html, https://hl7.org/fhir/R4/organization.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.group.catalogue import starter

from .common import (
    Json,
    concept,
    english,
    extension_url,
    identifier,
    local,
    ref,
    stamped,
    terms,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.group.catalogue.model import Consumable, Supplier


def resources() -> Iterator[Json]:
    """Suppliers, then what they supply."""
    for one in starter.suppliers().values():
        yield supplier(one)
    for thing in starter.consumables().values():
        yield consumable(thing)


def supplier(one: Supplier) -> Json:
    """An invented company."""
    return stamped(
        {
            "resourceType": "Organization",
            "id": identifier("supplier", one.code),
            "identifier": [{"system": local("supplier"), "value": one.code}],
            "active": True,
            "type": [concept("organization-kind", f"supplier-{one.kind}", "供应商")],
            "name": one.zh,
            "_name": english(one.en),
            "alias": [one.en],
            "telecom": [{"system": "phone", "value": one.phone, "use": "work"}],
        },
        one.zh,
    )


def consumable(one: Consumable) -> Json:
    """A thing of one size, with who supplies it and what is charged for it."""
    name = f"{one.zh} {one.size}".strip()
    extensions = [
        *terms(one.zh, one.en, one.code),
        {"url": extension_url("supply-unit"), "valueString": one.unit},
        {"url": extension_url("sterile"), "valueBoolean": one.sterile},
        {
            "url": extension_url("supplier"),
            "valueReference": ref("Organization", "supplier", one.supplier),
        },
    ]
    if one.charge:
        charge = ref("ChargeItemDefinition", "charge", one.charge)
        extensions.append({"url": extension_url("charged-by"), "valueReference": charge})
    found: Json = {
        "resourceType": "DeviceDefinition",
        "id": identifier("supply", one.code),
        "extension": extensions,
        "identifier": [{"system": local("supply"), "value": one.code}],
        "deviceName": [
            {"name": name, "type": "user-friendly-name"},
            {"name": one.en, "type": "other"},
        ],
        "type": concept("supply-category", one.category, one.category, name),
    }
    if one.size:
        found["modelNumber"] = one.size
    return stamped(found, name)
