"""The drug dictionary as Medication and MedicationKnowledge.

https://hl7.org/fhir/R4/medication.html, https://hl7.org/fhir/R4/medicationknowledge.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.group.catalogue import sheets, starter
from xinglin.group.catalogue.drugs import FLAGS
from xinglin.group.catalogue.limits import limit
from xinglin.group.catalogue.strength import UNITS, Amount
from xinglin.group.catalogue.timing import timing

from . import common
from .common import (
    ATC,
    BASE,
    UCUM,
    Json,
    coding,
    concept,
    counted,
    decimal,
    extension_url,
    identifier,
    local,
    quantity,
    ref,
    stamped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xinglin.group.catalogue.model import Dose, Drug, Ingredient, Term

_SCHEDULES: Final = ("N", "P1", "P2", "TOX", "PRE")
_AUTHORITY: Final = {"display": "国家药品监督管理局 National Medical Products Administration"}
_SHOWN: Final = {"g": "g", "mg": "mg", "ug": "μg", "mL": "ml", "[iU]": "单位"}


def resources(drugs: list[Drug] | None = None) -> Iterator[Json]:
    """Both resources of each drug; the starter set, or an operator's."""
    for one in starter.all_drugs().values() if drugs is None else drugs:
        yield medication(one)
        yield knowledge(one)


def code(drug: Drug) -> Json:
    """The product: our own code first, then ATC where it is sure."""
    codings = [coding(local("drug"), drug.code, drug.display)]
    if drug.atc:
        codings.append(coding(ATC, drug.atc))
    return {"coding": codings, "text": drug.display}


def medication(drug: Drug) -> Json:
    """The product as an order names it."""
    return stamped(
        {
            "resourceType": "Medication",
            "id": identifier("drug", drug.code),
            "extension": _typed(drug),
            **_traded(drug),
            "code": code(drug),
            "status": "active",
            "form": _form(drug),
            "amount": {
                "numerator": _split(drug, drug.pack.count),
                "denominator": counted(1, drug.pack.unit, _unit(drug.pack.unit)),
            },
            "ingredient": [_ingredient(drug, one) for one in drug.ingredients],
        }
    )


def _traded(drug: Drug) -> Json:
    """What belongs to one maker's product."""
    given = {"69-code": drug.barcode, "trace-prefix": drug.trace, "approval": drug.approval}
    known = [
        {"system": f"{BASE}/sid/{name}", "value": value} for name, value in given.items() if value
    ]
    found: Json = {"identifier": known} if known else {}
    return found | ({"manufacturer": {"display": drug.maker}} if drug.maker else {})


def knowledge(drug: Drug) -> Json:
    """What is known of the product: units, routes, classes, limits, the usual dose."""
    form = starter.terms("forms")[drug.form]
    found: Json = {
        "resourceType": "MedicationKnowledge",
        "id": identifier("drug", drug.code),
        "extension": [
            *_typed(drug),
            *_chain(drug),
            *_limits(limit(drug)),
            {"url": extension_url("dose-form-kind"), "valueCode": form.more["kind"]},
        ],
        "code": code(drug),
        "status": "active",
        "doseForm": _form(drug),
        "synonym": list(dict.fromkeys([drug.zh, drug.en, *_parts(drug)])),
        "associatedMedication": [ref("Medication", "drug", drug.code, drug.display)],
        "productType": [_group(drug)],
        "ingredient": [_ingredient(drug, one) for one in drug.ingredients],
        "intendedRoute": [_route(one) for one in drug.routes],
    }
    if drug.maker:
        found["manufacturer"] = {"display": drug.maker}
    content = next(iter(drug.pack.contents), drug.pack.size)
    if content:
        found["amount"] = quantity(content)
    if drug.dose:
        found["administrationGuidelines"] = [{"dosage": [_usual(drug, drug.dose)]}]
    if drug.flags:
        found["medicineClassification"] = [_classes(drug)]
    found["packaging"] = {
        "type": concept("pack-unit", drug.pack.unit, drug.pack.unit),
        "quantity": _split(drug, drug.pack.count),
    }
    if drug.has("COLD", "DARK"):
        found["drugCharacteristic"] = list(_storage(drug))
    if drug.has(*_SCHEDULES):
        found["regulatory"] = [_regulatory(drug)]
    return stamped(found)


def _typed(drug: Drug) -> list[Json]:
    parts = [part for one in drug.ingredients for part in (one.zh, one.en)]
    plain = drug.zh.lstrip("0123456789.%")
    return common.terms(drug.zh, plain, drug.en, *parts, drug.code)


def _parts(drug: Drug) -> list[str]:
    return [part for one in drug.ingredients for part in (one.zh, one.en)]


def _unit(split: str) -> str:
    return starter.terms("units")[split].en


def _split(drug: Drug, count: int) -> Json:
    return counted(count, drug.pack.split, _unit(drug.pack.split))


def _form(drug: Drug) -> Json:
    return concept("dose-form", drug.form, starter.terms("forms")[drug.form].zh)


def _route(route: str) -> Json:
    return concept("route", route, starter.terms("routes")[route].zh)


def _group(drug: Drug) -> Json:
    return concept("drug-group", drug.group, group_titles()[drug.group])


def group_titles() -> dict[str, str]:
    """Group of drugs -> its title, Chinese then English, as its sheet says."""
    return {
        sheet.name.rpartition("/")[2].removesuffix(".csv"): sheet.about["title"]
        for sheet in sheets.group("drugs")
    } | {"formulary": "本院药品 Formulary"}


def _ingredient(drug: Drug, one: Ingredient) -> Json:
    found: Json = {
        "itemCodeableConcept": {"text": one.zh, "_text": common.english(one.en)},
        "isActive": True,
    }
    if one.strength:
        found["strength"] = {
            "numerator": quantity(one.strength),
            "denominator": quantity(drug.pack.size) if drug.pack.size else _split(drug, 1),
        }
    return found


def _chain(drug: Drug) -> Iterator[Json]:
    """Pack -> split unit -> dose units, exactly."""
    parts: list[Json] = [
        {"url": "pack", "valueQuantity": counted(1, drug.pack.unit, _unit(drug.pack.unit))},
        {"url": "split", "valueQuantity": _split(drug, drug.pack.count)},
    ]
    if drug.pack.size:
        parts.append({"url": "size", "valueQuantity": quantity(drug.pack.size)})
    parts += [{"url": "content", "valueQuantity": quantity(one)} for one in drug.pack.contents]
    yield {"url": extension_url("drug-unit-chain"), "extension": parts}


def _limits(row: Term) -> Iterator[Json]:
    parts: list[Json] = [{"url": "rule", "valueCode": row.code}]
    days = {"days": "d", "emergency-days": "d", "pain-days": "d"}
    for name in days:
        if row.more[name]:
            value = {"value": int(row.more[name]), "unit": "天", "system": UCUM, "code": "d"}
            parts.append({"url": name, "valueDuration": value})
    if row.more["doses"]:
        parts.append({"url": "doses", "valueInteger": int(row.more["doses"])})
    parts.append({"url": "outpatient", "valueBoolean": row.more["outpatient"] == "y"})
    yield {"url": extension_url("prescription-limit"), "extension": parts}


def _classes(drug: Drug) -> Json:
    return {
        "type": {"coding": [coding(local("drug-classification"), "flag")], "text": "药品标识"},
        "classification": [_class(flag) for flag in drug.flags],
    }


def _class(flag: str) -> Json:
    key, _, value = flag.partition(":")
    shown = FLAGS[key][0]
    return concept("drug-flag", key, shown, f"{shown}：{value}" if value else shown)


def _storage(drug: Drug) -> Iterator[Json]:
    kind = {"coding": [coding(local("drug-characteristic"), "storage")], "text": "贮藏"}
    for name in ("COLD", "DARK"):
        if drug.has(name):
            shown = FLAGS[name][0]
            yield {"type": kind, "valueCodeableConcept": concept("drug-flag", name, shown)}


def _regulatory(drug: Drug) -> Json:
    held = [name for name in _SCHEDULES if drug.has(name)]
    return {
        "regulatoryAuthority": _AUTHORITY,
        "schedule": [{"schedule": _class(name)} for name in held],
    }


def _usual(drug: Drug, dose: Dose) -> Json:
    way = drug.routes[0]
    often = starter.frequencies()[dose.frequency]
    given = _dose(dose)
    shown = f"{given['value']}{given['unit']}"
    dosage: dict[str, Any] = {
        "text": f"每次{shown}，{starter.terms('routes')[way].zh}，{often.zh}",
        "timing": timing(often, local("frequency")),
        "route": _route(way),
        "doseAndRate": [{"doseQuantity": given}],
    }
    if drug.most:
        dosage["maxDosePerPeriod"] = {
            "numerator": quantity(drug.most),
            "denominator": {"value": 1, "unit": "天", "system": UCUM, "code": "d"},
        }
    kind = {"coding": [coding(local("dosage-kind"), "usual")], "text": "成人常用剂量"}
    return {"type": kind, "dosage": [dosage]}


def _dose(dose: Dose) -> Json:
    if dose.unit in _SHOWN:
        return quantity(Amount(dose.value, dose.unit, _SHOWN[dose.unit]))
    if dose.unit in {unit for unit, _ in UNITS.values()}:
        return quantity(Amount(dose.value, dose.unit, dose.unit))
    return counted(dose.value, dose.unit, _unit(dose.unit)) | {"value": decimal(dose.value)}
