"""The Provenance that carries a signature: made, and read back.

https://hl7.org/fhir/R4/provenance.html; https://hl7.org/fhir/R4/datatypes.html#Signature
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from . import purposes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .model import Signer, Target
    from .purposes import Purpose

OWN = "https://xinglin.example/fhir"
STAMP = f"{OWN}/StructureDefinition/signature-timestamp"
PURPOSES = f"{OWN}/CodeSystem/signature-purpose"
_AGENTS = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_FORMAT = "application/jose"
CONTENT = "application/fhir+json"


def claims(signer: Signer, target: Target, purpose: Purpose, when: str) -> dict[str, Any]:
    """What goes under the signature beside the content: the header of the JWS."""
    said = {
        "cty": CONTENT,
        "sigT": when,
        "target": target.reference,
        "who": signer.who,
        "purpose": purpose.code,
    }
    if signer.on_behalf:
        said["onBehalfOf"] = signer.on_behalf
    return said


def build(
    signer: Signer,
    target: Target,
    purpose: Purpose,
    *,
    when: str,
    signature: str,
    token: bytes | None,
) -> dict[str, Any]:
    """The resource, without an id."""
    who: dict[str, Any] = {"reference": signer.who, "display": signer.name}
    behalf = {"onBehalfOf": {"reference": signer.on_behalf}} if signer.on_behalf else {}
    return {
        "resourceType": "Provenance",
        "target": [{"reference": target.reference}],
        "recorded": when,
        "agent": [
            {
                "type": {"coding": [{"system": _AGENTS, "code": "author"}]},
                "who": who,
                **behalf,
            }
        ],
        "signature": [
            {
                **({"extension": [_stamp(token)]} if token else {}),
                "type": [
                    {
                        "system": purposes.TYPES,
                        "code": purpose.type,
                        "display": purpose.display,
                    },
                    {"system": PURPOSES, "code": purpose.code, "display": purpose.en},
                ],
                "when": when,
                "who": who,
                **behalf,
                "targetFormat": CONTENT,
                "sigFormat": _FORMAT,
                "data": base64.b64encode(signature.encode()).decode(),
            }
        ],
    }


def _stamp(token: bytes) -> dict[str, Any]:
    return {"url": STAMP, "valueBase64Binary": base64.b64encode(token).decode()}


def signatures(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The signatures in it."""
    for one in resource.get("signature") or ():
        if isinstance(one, dict):
            yield one


def data(signature: dict[str, Any]) -> str:
    """The detached JWS; raises ValueError."""
    return _plain(signature.get("data")).decode("ascii")


def token(signature: dict[str, Any]) -> bytes | None:
    """The time stamp token, None where there is none; raises ValueError."""
    for one in signature.get("extension") or ():
        if one.get("url") == STAMP:
            return _plain(one.get("valueBase64Binary"))
    return None


def _plain(text: Any) -> bytes:
    if not isinstance(text, str):
        raise ValueError("no data")  # noqa: TRY004  as for text that is no base64
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not canonical base64")
    return raw


def agrees(resource: dict[str, Any], signature: dict[str, Any], header: dict[str, Any]) -> bool:
    """Whether what the resource says about the signature is what was signed."""
    targets = [one.get("reference") for one in resource.get("target") or ()]
    codes = [one.get("code") for one in signature.get("type") or ()]
    purpose = purposes.table().get(str(header.get("purpose")))
    return (
        purpose is not None
        and targets == [header.get("target")]
        and codes == [purpose.type, purpose.code]
        and signature.get("when") == header.get("sigT") == resource.get("recorded")
        and _reference(signature, "who") == header.get("who")
        and _reference(signature, "onBehalfOf") == header.get("onBehalfOf")
        and signature.get("sigFormat") == _FORMAT
        and signature.get("targetFormat") == header.get("cty") == CONTENT
    )


def _reference(signature: dict[str, Any], name: str) -> Any:
    return (signature.get(name) or {}).get("reference")
