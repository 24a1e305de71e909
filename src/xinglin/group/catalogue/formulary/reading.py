"""Reads a formulary: XLSX or CSV, row by row into drugs, or into reasons why not.

docs/howto/load-a-formulary.md; strengths are read as in `strength`.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

import msgspec

from xinglin.group.catalogue import starter
from xinglin.group.catalogue.checking import check_drug
from xinglin.group.catalogue.drugs import drug
from xinglin.group.catalogue.model import Drug
from xinglin.kernel.errors import Issue, Malformed, Refusal

from . import columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

MOST_ROWS: Final = 50_000
_YES: Final = frozenset(("是", "y", "yes", "true", "1", "√", "有", "需要", "需"))
_NO: Final = frozenset(("", "否", "n", "no", "false", "0", "无", "×", "-", "不需要"))
_TIERS: Final = {"非限制": "AB1", "限制": "AB2", "特殊": "AB3", "1": "AB1", "2": "AB2", "3": "AB3",
                 "unrestricted": "AB1", "non-restricted": "AB1", "restricted": "AB2",
                 "special": "AB3"}  # fmt: skip
_CONTROLS: Final = {"麻醉": "N", "麻": "N", "narcotic": "N", "精一": "P1", "第一类精神": "P1",
                    "精二": "P2", "第二类精神": "P2", "毒": "TOX", "毒性": "TOX", "toxic": "TOX",
                    "易制毒": "PRE", "psychotropic 1": "P1", "psychotropic 2": "P2"}  # fmt: skip
_SPLIT: Final = re.compile(r"[、，,;；/\s]+")
_LISTED: Final = re.compile(r"[、，,;；/]+")
_TIMES: Final = re.compile(r"\s*[xX*×]\s*(?=\d)")
_APPROVAL: Final = re.compile(r"国药准字[A-Z]\d{8}|[A-Z]{1,3}\d{8,9}", re.ASCII)


class Row(msgspec.Struct, frozen=True):
    """A row that was read. ``filled`` names what came from the starter dictionary."""

    number: int
    drug: Drug
    filled: tuple[str, ...]


class Refused(msgspec.Struct, frozen=True):
    """A row that was not taken, and why."""

    number: int
    code: str
    name: str
    en: str
    zh: str


class Read(msgspec.Struct, frozen=True):
    """What a file holds."""

    rows: tuple[Row, ...]
    refused: tuple[Refused, ...]
    unknown: tuple[str, ...]


def read(path: Path) -> Read:
    """Read a file; raises Malformed for the file as a whole."""
    table = list(_table(path))
    if not table:
        raise _bad(path, "is empty", "是空文件")
    if len(table) > MOST_ROWS:
        raise _bad(path, f"has more than {MOST_ROWS:,} rows", f"超过 {MOST_ROWS:,} 行")
    headers = table[0]
    at = columns.find(headers)
    rows: list[Row] = []
    refused: list[Refused] = []
    seen: dict[str, int] = {}
    for number, cells in enumerate(table[1:], 2):
        said = {field: cells[place] if place < len(cells) else "" for field, place in at.items()}
        if not any(said.values()):
            continue
        told = _refusal(said, seen)
        if told is None:
            seen[said["code"]] = number
            made = _row(number, said)
            if isinstance(made, Row):
                rows.append(made)
                continue
            told = made
        refused.append(Refused(number, said["code"], said["zh"], *told))
    return Read(tuple(rows), tuple(refused), tuple(columns.unknown(headers)))


def _refusal(said: Mapping[str, str], seen: Mapping[str, int]) -> tuple[str, str] | None:
    for field, column in columns.COLUMNS.items():
        if column.needed and not said[field]:
            return f"{field} is empty", f"“{column.headers[0]}”为空"
    if said["code"] in seen:
        row = seen[said["code"]]
        return f"the code stands in row {row} too", f"编码与第 {row} 行重复"
    if not re.fullmatch(r"[A-Za-z0-9._\-]{1,40}", said["code"], re.ASCII):
        return (
            "the code may have letters, digits, '.', '_' and '-', at most 40",
            "编码只能含字母、数字、“.”“_”“-”，最多 40 位",
        )
    return None


def _row(number: int, said: Mapping[str, str]) -> Row | tuple[str, str]:
    try:
        fields, filled = _fields(said)
        made = drug(fields, "formulary", starter.terms("forms"))
        made = msgspec.structs.replace(made, **_traded(said))
    except Refusal as refusal:
        return "; ".join(i.en for i in refusal.issues), "；".join(i.zh for i in refusal.issues)
    found = list(check_drug(made))
    if found:
        return "; ".join(one.en for one in found), "；".join(one.zh for one in found)
    return Row(number, made, tuple(filled))


def _fields(said: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The columns as our own sheets have them; gaps are filled from a drug of the same name."""
    known = _namesakes().get(said["zh"])
    parts = known.ingredients if known else ()
    if known is None and not (said.get("ingredient") and said.get("inn")):
        raise _refuse(
            "the ingredient in Chinese and English is needed: the dictionary has no such drug",
            "字典中没有同名药品，请填写“成分”和“英文名”",
        )
    filled: list[str] = []

    def given(field: str, fallback: str) -> str:
        if said.get(field):
            return said[field]
        if fallback:
            filled.append(field)
        return fallback

    fields = {
        "code": said["code"],
        "zh": said["zh"],
        "spec": _TIMES.sub("×", said["spec"]),
        "ingredient": given(
            "ingredient", "+".join(i.zh for i in known.ingredients) if known else ""
        ),
        "inn": given("inn", "+".join(one.en for one in parts)),
        "form": _one("forms", given("form", known.form if known else "")),
        "routes": _routes(given("routes", " ".join(known.routes) if known else "")),
        "flags": " ".join(_flags(said)),
        "dose": _dose(said),
        "most": said.get("most", ""),
        "atc": said.get("atc", "").upper(),
    }
    return fields, filled


def _namesakes() -> dict[str, Drug]:
    return {one.zh: one for one in reversed(starter.all_drugs().values())}


def _one(name: str, text: str) -> str:
    """The code of a form or route, from its code or a name in either language."""
    found = _match(name, text)
    if found is None:
        raise _refuse(
            f"there is no {name.removesuffix('s')} '{text}'; "
            f"`xinglin catalogue terms {name}` lists them",
            f"没有“{text}”；可用的名称见 `xinglin catalogue terms {name}`",
        )
    return found


def _match(name: str, text: str) -> str | None:
    wanted = text.strip().casefold()
    for one in starter.terms(name).values():
        if wanted in (one.code, one.zh.casefold(), one.en.casefold()):
            return one.code
    return None


def _routes(text: str) -> str:
    found: list[str] = []
    for part in filter(None, _LISTED.split(text)):
        whole = _match("routes", part)
        found += [whole] if whole else [_one("routes", word) for word in part.split()]
    return " ".join(found)


def _flags(said: Mapping[str, str]) -> Iterable[str]:
    tier = said.get("tier", "").removesuffix("级").removesuffix("使用")
    if tier.casefold() not in _NO:
        yield _named(_TIERS, tier, "tier", "抗菌药物分级")
    for part in _SPLIT.split(said.get("control", "")):
        control = part.removesuffix("药品").removesuffix("药")
        if control.casefold() not in _NO:
            yield _named(_CONTROLS, control, "control class", "管制类别")
    for field, flag in (("alert", "HA"), ("alike", "LA")):
        text = said.get(field, "")
        if text.casefold() not in _NO:
            yield f"{flag}:{'本院目录' if text.casefold() in _YES else text.replace(' ', '')}"
    for field, flag in (("test", "ST"), ("cold", "COLD")):
        text = said.get(field, "").casefold()
        if text in _YES:
            yield flag
        elif text not in _NO:
            raise _refuse(f"'{text}' is neither yes nor no", f"“{text}”请填“是”或“否”")
    if "中成药" in said.get("kind", ""):
        yield "TCM"


def _named(known: Mapping[str, str], text: str, en: str, zh: str) -> str:
    found = known.get(text.casefold())
    if found is None:
        raise _refuse(
            f"there is no {en} '{text}'; use one of {', '.join(known)}",
            f"{zh}没有“{text}”；可用 {'、'.join(known)}",
        )
    return found


def _dose(said: Mapping[str, str]) -> str:
    dose, often = said.get("dose", ""), said.get("frequency", "")
    if not dose:
        return ""
    if " " in dose and not often:
        return dose
    if not often:
        raise _refuse("the usual dose needs its frequency", "填写了常用剂量，请同时填写频次")
    for one in starter.frequencies().values():
        if often.casefold() in (one.code, one.zh, one.en.casefold()):
            return f"{dose.replace(' ', '')} {one.code}"
    raise _refuse(
        f"there is no frequency '{often}'; `xinglin catalogue terms frequencies` lists them",
        f"没有频次“{often}”；可用的频次见 `xinglin catalogue terms frequencies`",
    )


def _traded(said: Mapping[str, str]) -> dict[str, str]:
    """What belongs to one maker's product: bar code, trace prefix, approval number, maker."""
    found = {name: said.get(name, "") for name in ("barcode", "trace", "approval", "maker")}
    if found["barcode"] and not right_barcode(found["barcode"]):
        raise _refuse(
            f"'{found['barcode']}' is no bar code of 13 or 14 digits with a right check digit",
            f"“{found['barcode']}”不是校验正确的 13 或 14 位商品条码",
        )
    if found["trace"] and not re.fullmatch(r"\d{7}", found["trace"], re.ASCII):
        raise _refuse("a trace prefix has 7 digits", "药品标识码（追溯码前缀）应为 7 位数字")
    if found["approval"] and not _APPROVAL.fullmatch(found["approval"]):
        raise _refuse(
            "an approval number is like 国药准字H20230001", "批准文号应如“国药准字H20230001”"
        )
    return found


def right_barcode(text: str) -> bool:
    """Whether a GTIN-13 (69-code) or GTIN-14 has the right check digit."""
    if not re.fullmatch(r"\d{13,14}", text, re.ASCII):
        return False
    digits = [int(one) for one in reversed(text)]
    weighted = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return weighted % 10 == 0


def _refuse(en: str, zh: str) -> Malformed:
    return Malformed(Issue("value", en, zh))


def _table(path: Path) -> Iterable[list[str]]:
    if path.suffix.casefold() in (".xlsx", ".xlsm"):
        return _workbook(path)
    if path.suffix.casefold() not in (".csv", ".tsv", ".txt"):
        raise _bad(path, "is neither XLSX nor CSV", "不是 XLSX 或 CSV 文件")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError as error:
            raise _bad(
                path, "is neither UTF-8 nor GB18030", "不是 UTF-8 或 GB18030 编码"
            ) from error
    mark = "\t" if path.suffix.casefold() == ".tsv" else ","
    return [[_cell(one) for one in row] for row in csv.reader(io.StringIO(text), delimiter=mark)]


def _workbook(path: Path) -> list[list[str]]:
    import zipfile  # noqa: PLC0415  with openpyxl a quarter of a start, for files that come rarely

    import openpyxl  # noqa: PLC0415

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise _bad(path, "is no workbook that can be read", "不是可读取的工作簿") from error
    try:
        rows: Sequence[Sequence[object]] = list(book.worksheets[0].iter_rows(values_only=True))
    finally:
        book.close()
    return [[_cell(one) for one in row] for row in rows]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).replace("\u3000", " ").split())


def _bad(path: Path, en: str, zh: str) -> Malformed:
    return Malformed(Issue("structure", f"The file {path.name} {en}.", f"文件 {path.name} {zh}。"))
