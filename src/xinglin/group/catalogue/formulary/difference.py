"""What a formulary would change, and doing it: in one transaction, or not at all.

https://hl7.org/fhir/R4/http.html#transaction; docs/howto/load-a-formulary.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from xinglin.group.catalogue.loading import current, digest, marked, name, prepare
from xinglin.group.catalogue.resources import medicines
from xinglin.group.catalogue.resources.common import identifier, local
from xinglin.kernel.errors import Invalid, Issue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from xinglin.group.catalogue.loading import Target

    from .reading import Read, Row

Json = dict[str, Any]
Kind = Literal["new", "changed", "same", "gone", "refused"]

SOURCE: Final = {
    "system": local("catalogue-source"),
    "code": "formulary",
    "display": "本院药品目录 formulary",
}
_PAGE: Final = 500
_LABELS: Final = {
    "code": "名称规格 name and strength",
    "identifier": "条码文号 bar code and approval",
    "manufacturer": "厂家 maker",
    "status": "状态 status",
    "form": "剂型 form",
    "doseForm": "剂型 form",
    "ingredient": "成分 ingredients",
    "intendedRoute": "途径 routes",
    "medicineClassification": "管理类别 classes",
    "regulatory": "管制 control",
    "administrationGuidelines": "常用剂量 usual dose",
    "packaging": "包装 pack",
    "amount": "含量 content",
    "drugCharacteristic": "贮藏 storage",
}


class Change(msgspec.Struct, frozen=True):
    """One line of the preview. ``row`` is 0 for what is not in the file."""

    kind: Kind
    row: int
    code: str
    name: str
    en: str = ""
    zh: str = ""


class Preview(msgspec.Struct):
    """All lines, and the entries of the transaction that would carry them out."""

    changes: list[Change]
    entries: list[Json]

    def count(self, kind: Kind) -> int:
        """How many lines are of a kind."""
        return sum(one.kind == kind for one in self.changes)


async def preview(
    target: Target, read: Read, *, partial: bool = False, replace_starter: bool = False
) -> Preview:
    """Compare; nothing is written.

    A file is the whole formulary unless it is ``partial``: what an earlier file had and this one
    has not is gone. With ``replace_starter`` the drugs of the starter set are gone, too.
    """
    found = Preview([], [])
    for start in range(0, len(read.rows), _PAGE // 2):
        await _compare(target, read.rows[start : start + _PAGE // 2], found)
    if not partial:
        kept = {identifier("drug", row.drug.code) for row in read.rows}
        # A row that was refused is not gone: its drug stays as it is.
        kept |= {identifier("drug", row.code) for row in read.refused}
        await _gone(target, kept, found, all_=replace_starter)
    for row in read.refused:
        found.changes.append(Change("refused", row.number, row.code, row.name, row.en, row.zh))
    found.changes.sort(key=lambda one: (one.row or 10**9, one.code))
    return found


def resources(row: Row) -> list[Json]:
    """What a row becomes."""
    made = [medicines.medication(row.drug), medicines.knowledge(row.drug)]
    return [marked(_sourced(one)) for one in made]


def _sourced(resource: Json) -> Json:
    # An operator's own formulary is not our draft.
    return resource | {"meta": {"tag": [SOURCE]}}


async def _compare(target: Target, rows: Iterable[Row], found: Preview) -> None:
    wanted = [(row, resources(row)) for row in rows]
    there = iter(await current(target, [name(one) for _, made in wanted for one in made]))
    for row, made in wanted:
        old = [next(there) for _ in made]
        drug = row.drug
        due = [
            (new, was)
            for new, was in zip(made, old, strict=True)
            if was is None or digest(was) != digest(new) or SOURCE not in _tags(was)
        ]
        found.entries += (_put(new, was) for new, was in due)
        en, zh = _told(row, due)
        kind: Kind = "new" if old[0] is None else "changed" if due else "same"
        found.changes.append(Change(kind, row.number, drug.code, drug.display, en, zh))


def _tags(resource: Json) -> list[Json]:
    return resource.get("meta", {}).get("tag", [])


def _told(row: Row, due: list[tuple[Json, Json | None]]) -> tuple[str, str]:
    parts: dict[str, None] = {}
    for new, was in due:
        if was is not None:
            parts.update(dict.fromkeys(_differences(new, was)))
    told = ", ".join(parts)
    filled = ", ".join(row.filled)
    en = "; ".join(one for one in (told, f"from the dictionary: {filled}" if filled else "") if one)
    zh = "；".join(one for one in (told, f"取自字典：{filled}" if filled else "") if one)
    return en, zh


def _differences(new: Json, was: Json) -> Iterator[str]:
    for element, label in _LABELS.items():
        if new.get(element) != was.get(element):
            if element == "code":
                yield f"{label}: {was['code'].get('text', '')} → {new['code']['text']}"
            else:
                yield label
    if SOURCE not in _tags(was):
        yield "来源 source"


def _put(new: Json, was: Json | None) -> Json:
    """An entry that fails where somebody else wrote in between."""
    request = {"method": "PUT", "url": name(new)}
    if was is None:
        request["ifNoneMatch"] = "*"
    else:
        request["ifMatch"] = f'W/"{was["meta"]["versionId"]}"'
    return {"resource": new, "request": request}


async def _gone(target: Target, kept: set[str], found: Preview, *, all_: bool) -> None:
    for type_ in ("Medication", "MedicationKnowledge"):
        async for old in _loaded(target, type_, all_=all_):
            if old["id"] in kept or old.get("status") == "inactive":
                continue
            found.entries.append(_put(marked(_plain(old) | {"status": "inactive"}), old))
            if type_ == "Medication":
                code = old["code"]["coding"][0]["code"]
                told = "is not in the file and is made inactive", "文件中没有，将停用"
                found.changes.append(Change("gone", 0, code, old["code"]["text"], *told))


def _plain(resource: Json) -> Json:
    """Without what the server adds, and without the digest of what it was."""
    tags = [tag for tag in _tags(resource) if tag["system"] != local("catalogue-content")]
    return resource | {"meta": {"tag": tags}}


async def _loaded(target: Target, type_: str, *, all_: bool) -> AsyncIterator[Json]:
    """The drugs there are from formularies, or all of them, page by page."""
    system = local("drug")
    asked = f"code={system}|" if all_ else f"_tag={SOURCE['system']}|{SOURCE['code']}"
    path: str | None = f"{type_}?{asked}&_count={_PAGE}"
    while path:
        page = await target.fetch(path)
        if page is None:
            raise Invalid(
                Issue(
                    "processing",
                    f"The server does not tell which {type_} it has; nothing was written.",
                    f"服务未返回现有的 {type_}，未写入任何内容。",
                )
            )
        for entry in page.get("entry", ()):
            if entry["resource"]["resourceType"] == type_:
                yield entry["resource"]
        links = {one["relation"]: one["url"] for one in page.get("link", ())}
        path = f"{type_}?{links['next'].partition('?')[2]}" if "next" in links else None


async def apply(target: Target, found: Preview) -> int:
    """Carry out a preview in one transaction; how many resources were written."""
    if not found.entries:
        return 0
    await prepare(target)
    await target.carry_out(
        {"resourceType": "Bundle", "type": "transaction", "entry": found.entries}
    )
    return len(found.entries)
