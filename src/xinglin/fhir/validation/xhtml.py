"""Narrative: XHTML that can be shown without danger.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/narrative.html; invariants txt-1 and txt-2.
"""

from __future__ import annotations

import re
from typing import Final
from xml.parsers import expat

NAMESPACE: Final = "http://www.w3.org/1999/xhtml"

_ELEMENT_NAMES: Final = """
a abbr acronym address b bdo big blockquote br caption center cite code col colgroup dd del dfn dir
div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li map area menu ol p pre q s samp small span
strike strong sub sup table tbody td tfoot th thead tr tt u ul var
"""
_ATTRIBUTE_NAMES: Final = """
abbr accesskey align alt axis background bgcolor border cellhalign cellpadding cellspacing
cellvalign char charoff charset cite class clear color colspan compact coords dir face frame headers
height href hreflang hspace id lang longdesc name nowrap rel rev rowspan rules scope shape size span
src start style summary tabindex title type usemap valign value vspace width datetime media
noshade ismap nohref
"""
_ELEMENTS: Final = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTES: Final = frozenset(_ATTRIBUTE_NAMES.split())
_LINKS: Final = frozenset(("href", "src", "cite", "longdesc", "usemap", "background"))
_DANGEROUS_LINK: Final = re.compile(r"[\x00-\x20]*(?:javascript|vbscript|data:text)", re.IGNORECASE)
_DANGEROUS_STYLE: Final = re.compile(
    r"expression\s*\(|javascript:|@import|behaviou?r\s*:", re.IGNORECASE
)
_PLAIN: Final = re.compile(
    r'<div xmlns="http://www\.w3\.org/1999/xhtml">\s*+[^<&\s\x00-\x1f]'
    r"[^<&\x00-\x08\x0b\x0c\x0e-\x1f]*+</div>"
)


class _Refused(Exception):
    def __init__(self, en: str, zh: str) -> None:
        self.texts = (en, zh)


def problem(text: str) -> tuple[str, str] | None:
    """Why this ``div`` is refused, in English and Chinese, or ``None``."""
    if _PLAIN.fullmatch(text):
        return None
    reader = _Reader()
    try:
        reader.read(text)
    except _Refused as refused:
        return refused.texts
    except (expat.ExpatError, ValueError, LookupError) as error:
        return (
            f"The narrative is not well-formed XML ({error}); close all tags, use XML entities.",
            f"叙述文本不是格式良好的 XML（{error}）；请闭合所有标签，并且只使用 XML 的实体。",
        )
    return None


class _Reader:
    """Walks the XML once; the parser below refuses document types, so no entity can expand."""

    def __init__(self) -> None:
        self.depth = 0
        self.content = False

    def read(self, text: str) -> None:
        parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self.doctype
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        parser.ProcessingInstructionHandler = self.instruction
        parser.Parse(text.encode(), True)
        if not self.content:
            raise _Refused(
                "The narrative is empty; write some text or an image, or leave it out (txt-2).",
                "叙述文本为空；请写入文字或图片，或者省略（txt-2）。",
            )

    def doctype(self, *_parts: object) -> None:
        raise _Refused(
            "The narrative has a document type; remove it.", "叙述文本含有文档类型声明；请删除。"
        )

    def instruction(self, *_parts: object) -> None:
        raise _Refused(
            "The narrative has a processing instruction; remove it.",
            "叙述文本含有处理指令；请删除。",
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, name = tag.rpartition(" ")
        if space != NAMESPACE or (self.depth == 0 and name != "div"):
            raise _Refused(
                f'The narrative must be a <div xmlns="{NAMESPACE}">, not <{name}>.',
                f'叙述文本必须是 <div xmlns="{NAMESPACE}">，而不是 <{name}>。',
            )
        if name not in _ELEMENTS:
            raise _Refused(
                f"The narrative has <{name}>, which is not allowed; remove it (txt-1).",
                f"叙述文本含有不允许的 <{name}>；请删除（txt-1）。",
            )
        self.depth += 1
        self.content = self.content or name == "img"
        for key, value in attributes.items():
            self.attribute(name, key, value)

    def attribute(self, element: str, key: str, value: str) -> None:
        bad = (
            (key not in _ATTRIBUTES and not key.startswith((XML, "data-", "aria-")))
            or (key in _LINKS and _DANGEROUS_LINK.match(value))
            or (key == "style" and _DANGEROUS_STYLE.search(value))
        )
        if bad:
            raise _Refused(
                f"The narrative has the attribute {key} on <{element}>, "
                "which is not allowed; remove it (txt-1).",
                f"叙述文本的 <{element}> 带有不允许的属性 {key}；请删除（txt-1）。",
            )

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def text(self, text: str) -> None:
        self.content = self.content or not text.isspace()


XML: Final = "http://www.w3.org/XML/1998/namespace "
