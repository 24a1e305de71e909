"""The price list as ChargeItemDefinition: prices by campus and date, and what is charged for.

https://hl7.org/fhir/R4/chargeitemdefinition.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xinglin.group.catalogue import sheets, starter

from .common import (
    BASE,
    Json,
    coding,
    concept,
    decimal,
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

    from xinglin.group.catalogue.model import Charge, Price

_LINKS: Final = {
    "lab": ("ActivityDefinition", "lab"),
    "exam": ("ActivityDefinition", "exam"),
    "supply": ("DeviceDefinition", "supply"),
}
"""Kinds of links that are to a resource; the others are codes that raise the charge."""


def resources() -> Iterator[Json]:
    """One definition for each item of the price list."""
    for one in starter.charges().values():
        yield definition(one)


def definition(one: Charge) -> Json:
    """One item: unit, class, what it is charged for, and its prices."""
    about = sheets.group("charges")[0].about
    category = starter.terms("fee-categories")[one.category]
    extensions = [
        *terms(one.zh, one.en, one.code),
        {"url": extension_url("charge-unit"), "valueString": one.unit},
        {
            "url": extension_url("fee-category"),
            "valueCodeableConcept": concept("fee-category", category.code, category.zh),
        },
    ]
    if one.link:
        extensions.append(_link(one.link))
    return stamped(
        {
            "resourceType": "ChargeItemDefinition",
            "id": identifier("charge", one.code),
            "extension": extensions,
            "url": f"{BASE}/ChargeItemDefinition/{identifier('charge', one.code)}",
            "version": about["version"],
            "title": one.zh,
            "_title": english(one.en),
            "status": "draft",
            "publisher": about["owner"],
            "description": "价格均为虚构 all prices are invented",
            "code": concept("charge-item", one.code, one.zh),
            "propertyGroup": [_price(price) for price in one.prices],
        }
    )


def _link(link: str) -> Json:
    kind, _, code = link.partition(":")
    url = extension_url("charged-for")
    if kind in _LINKS:
        type_, catalogue = _LINKS[kind]
        return {"url": url, "valueReference": ref(type_, catalogue, code)}
    if kind == "route":
        return {"url": url, "valueCoding": coding(local("route"), code)}
    return {"url": url, "valueCoding": coding(local("charge-trigger"), link.replace(":", "-"))}


def _price(price: Price) -> Json:
    extensions: list[Json] = [
        {
            "url": extension_url("price-period"),
            "valuePeriod": {"start": price.since.isoformat()},
        }
    ]
    if price.campus:
        extensions.append({"url": extension_url("price-campus"), "valueCode": price.campus})
    amount = {"value": decimal(price.amount), "currency": "CNY"}
    return {
        "extension": extensions,
        "priceComponent": [{"type": "base", "amount": amount}],
    }
