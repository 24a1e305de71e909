"""The national and international code files that an operator may have, and how each is read.

The files themselves are never part of the package: their terms belong to their publishers.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Kind(msgspec.Struct, frozen=True):
    """One sort of file. Columns are looked for by these headings, first found first taken."""

    system: str
    title: str
    code: tuple[str, ...]
    display: tuple[str, ...]
    parent: tuple[str, ...] = ()  # column with the parent's code
    hierarchy: Literal["none", "prefix"] = "none"  # prefix: the longest shorter code is the parent
    english: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()  # what the status column holds for codes no longer in use
    keep: tuple[str, ...] = ()  # further columns kept as properties


_CODE = ("诊断代码", "疾病代码", "手术代码", "操作代码", "主要编码", "编码", "代码", "code", "Code")
_NAME = ("诊断名称", "疾病名称", "手术名称", "操作名称", "名称", "display", "Name", "name")
_ENGLISH = ("英文名称", "English", "english")

KINDS: dict[str, Kind] = {
    "icd10-clinical": Kind(
        "https://xinglin.example/CodeSystem/icd-10-cn-clinical",
        "疾病分类与代码 国家临床版",
        _CODE,
        _NAME,
        hierarchy="prefix",
        english=_ENGLISH,
    ),
    "icd10-insurance": Kind(
        "https://xinglin.example/CodeSystem/icd-10-cn-insurance",
        "医保疾病诊断分类与代码",
        ("医保诊断代码", *_CODE),
        ("医保诊断名称", *_NAME),
        hierarchy="prefix",
    ),
    "icd9cm3-clinical": Kind(
        "https://xinglin.example/CodeSystem/icd-9-cm-3-cn-clinical",
        "手术操作分类与代码 国家临床版",
        _CODE,
        _NAME,
        hierarchy="prefix",
        keep=("类别", "录入选项"),
    ),
    "icd9cm3-insurance": Kind(
        "https://xinglin.example/CodeSystem/icd-9-cm-3-cn-insurance",
        "医保手术操作分类与代码",
        ("医保手术操作代码", *_CODE),
        ("医保手术操作名称", *_NAME),
        hierarchy="prefix",
    ),
    "loinc": Kind(
        "http://loinc.org",
        "LOINC",
        ("LOINC_NUM",),
        ("LONG_COMMON_NAME", "COMPONENT"),
        status=("STATUS",),
        retired=("DEPRECATED", "DISCOURAGED"),
        keep=("COMPONENT", "PROPERTY", "TIME_ASPCT", "SYSTEM", "SCALE_TYP", "METHOD_TYP", "CLASS"),
    ),
    "atc": Kind(
        "http://www.whocc.no/atc",
        "ATC/DDD",
        ("atc_code", "ATC code", "ATC"),
        ("atc_name", "ATC level name", "name"),
        hierarchy="prefix",
        keep=("ddd", "uom", "adm_r", "note"),
    ),
    "table": Kind("", "", ("code", *_CODE), ("display", *_NAME), parent=("parent", "上级代码")),
}
