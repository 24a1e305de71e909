"""The group's own code systems, Chinese with English designations.

https://hl7.org/fhir/R4/codesystem.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .catalogue import items, panels
from .codes import local
from .notes import NOTE_TYPES
from .tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .codes import Json

Concept = tuple[str, str, str]
"""Code, Chinese, English."""


def resources() -> Iterator[Json]:
    """One CodeSystem for each of our systems whose codes are a closed list."""
    labs, group = table("labs"), table("group")
    measured = [(i.code, i.zh, i.en) for i in items().values()]
    answered = [(code, zh, en) for code, _, zh, en in labs["answers"].values()]
    yield _system("lab-item", "检验项目", "Laboratory items", measured + answered)
    ordered = [(p.code, p.zh, p.en) for p in panels().values()]
    yield _system("lab-panel", "检验组合", "Laboratory panels", ordered)
    examined = [(k, r[2], r[3]) for k, r in table("imaging")["examinations"].items() if not r[1]]
    yield _system("examination", "检查项目", "Examinations", examined)
    given = [(r[0], r[1], r[2]) for r in table("vaccines")["vaccines"].values()]
    yield _system("vaccine", "疫苗", "Vaccines", given)
    departments = [(k, r[0], r[1]) for k, r in group["departments"].items()]
    yield _system("department", "科室", "Departments", departments)
    written = [
        (c["code"], concept["text"], c["display"])
        for concept in NOTE_TYPES.values()
        for c in concept["coding"]
        if c["system"] == local("note-type")
    ]
    yield _system("note-type", "病历文书类型", "Types of notes", written)
    ethnic = [(code, r[0], r[1]) for code, r in table("names")["ethnic"].items()]
    yield _system("gb-t-3304", "民族（节选）", "Ethnic groups (excerpt)", ethnic, "fragment")


def _system(
    key: str, zh: str, en: str, concepts: Iterable[Concept], content: str = "complete"
) -> Json:
    return {
        "resourceType": "CodeSystem",
        "id": f"xg-{key}",
        "language": "zh-CN",
        "url": local(key),
        "version": "1",
        "name": "Xinglin" + "".join(word.capitalize() for word in key.split("-")),
        "title": f"{zh} {en}",
        "status": "active",
        "caseSensitive": True,
        "content": content,
        "concept": [
            {"code": code, "display": zh_, "designation": [{"language": "en", "value": en_}]}
            for code, zh_, en_ in {c[0]: c for c in concepts}.values()
        ],
    }
