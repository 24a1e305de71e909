"""FHIR XML to the JSON form, for test suites that come as XML only.

FHIR R4 §2.6.1 XML representation.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xinglin.fhir import definitions

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FHIR = "{http://hl7.org/fhir}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def resource(element: Element) -> dict[str, Any]:
    """Read a resource."""
    name = _local(element)
    return {"resourceType": name, **_complex(element, name)}


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _complex(element: Element, of: str) -> dict[str, Any]:
    body: dict[str, Any] = {k: v for k, v in element.attrib.items() if k in ("id", "url")}
    keys = definitions.json_keys(of)
    for child in element:
        name = _local(child)
        row, code = keys[name]
        value, shadow = _value(child, code)
        _put(body, name, value, repeats=row.repeats)
        before = len(body[name]) - 1 if row.repeats else 0
        if row.repeats and definitions.types()[code].kind == "primitive":
            _align(body, f"_{name}", shadow, before)
        elif shadow is not None:
            body[f"_{name}"] = shadow
        if value is None and not row.repeats:
            del body[name]
    return body


def _put(body: dict[str, Any], name: str, value: Any, *, repeats: bool) -> None:
    if repeats:
        body.setdefault(name, []).append(value)
    else:
        body[name] = value


def _align(body: dict[str, Any], key: str, shadow: Any, before: int) -> None:
    if shadow is not None or key in body:
        body.setdefault(key, [None] * before).append(shadow)


def _value(element: Element, code: str) -> tuple[Any, Any]:
    if code == "xhtml":
        return _html(element, top=True), None
    if code == "Resource":
        return resource(element[0]), None
    if definitions.types()[code].kind != "primitive":
        return _complex(element, code), None
    text = element.get("value")
    shadow: dict[str, Any] = {"id": element.get("id")} if element.get("id") else {}
    extensions = [_complex(child, "Extension") for child in element]
    if extensions:
        shadow["extension"] = extensions
    return (None if text is None else _primitive(text, code)), shadow or None


def _primitive(text: str, code: str) -> Any:
    if code == "boolean":
        return text == "true"
    if code in ("integer", "positiveInt", "unsignedInt"):
        return int(text)
    return Decimal(text) if code == "decimal" else text


def _html(element: Element, *, top: bool = False) -> str:
    name = _local(element)
    attributes = dict(element.attrib)
    if top:
        attributes = {"xmlns": XHTML[1:-1], **attributes}
    written = "".join(f' {k}="{_escaped(v, quote=True)}"' for k, v in attributes.items())
    inner = _escaped(element.text or "") + "".join(
        _html(child) + _escaped(child.tail or "") for child in element
    )
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def _escaped(text: str, *, quote: bool = False) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;") if quote else text
