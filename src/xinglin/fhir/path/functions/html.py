"""htmlChecks(): whether a narrative keeps to the XHTML that FHIR allows.

FHIR R4 §2.4.1 Narrative, http://hl7.org/fhir/R4/narrative.html#html: invariants txt-1 and txt-2.
"""

from __future__ import annotations

from html import entities
from xml.parsers import expat

XHTML = "http://www.w3.org/1999/xhtml"

_ELEMENTS = frozenset(
    """
    a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1
    h2 h3 h4 h5 h6 hr i img li ol p pre q samp small span strong sub sup table tbody td tfoot
    th thead tr tt ul var
    """.split()  # noqa: SIM905 (a list of words reads better)
)
_ATTRIBUTES = frozenset(
    """
    abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign
    char charoff charset cite class colspan compact coords dir frame headers height href
    hreflang hspace id lang longdesc name nowrap rel rev rowspan rules scope shape span src
    start style summary tabindex title type valign value vspace width
    """.split()  # noqa: SIM905 (a list of words reads better)
)
_SCRIPT = ("javascript:", "vbscript:", "data:text")


class _Refused(Exception):
    """Something that a narrative may not hold."""


class _Check:
    def __init__(self) -> None:
        self.depth = 0
        self.content = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if space != XHTML or local not in _ELEMENTS or (self.depth == 0 and local != "div"):
            raise _Refused
        for key, value in attributes.items():
            plain = key.rpartition(" ")[2]
            if plain not in _ATTRIBUTES or value.strip().lower().startswith(_SCRIPT):
                raise _Refused
        self.content = self.content or local == "img"
        self.depth += 1

    def end(self, _name: str) -> None:
        self.depth -= 1

    def text(self, data: str) -> None:
        self.content = self.content or bool(data.strip())

    def refuse(self, *_: object) -> None:
        raise _Refused


def acceptable(div: str) -> bool:
    """Whether the text is one div of allowed elements and attributes, with some content."""
    check = _Check()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = check.start
    parser.EndElementHandler = check.end
    parser.CharacterDataHandler = check.text
    parser.StartDoctypeDeclHandler = check.refuse
    parser.ProcessingInstructionHandler = check.refuse
    try:
        parser.Parse(_entities(div), True)
    except (_Refused, expat.ExpatError, ValueError):
        return False
    return check.content


def _entities(div: str) -> str:
    """The named entities of HTML are allowed in a narrative, but XML does not know them."""
    if "&" not in div:
        return div
    for name, point in entities.name2codepoint.items():
        if name not in ("lt", "gt", "amp", "quot"):
            div = div.replace(f"&{name};", f"&#{point};")
    return div
