"""Operations: sign a version, verify it, take its evidence away.

https://hl7.org/fhir/R4/operations.html; docs/adr/0014-signatures.md lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.cdr.access import Access
from xinglin.cdr.http.operating import Asked
from xinglin.cdr.interactions.replying import Style
from xinglin.cdr.operations.registry import OWN_DEFINITION, Call, Reply
from xinglin.fhir import json
from xinglin.kernel.errors import Gone, Issue, NotFound
from xinglin.trust.room import cookie_name

from . import evidence, people, purposes, refusals
from .model import Target

if TYPE_CHECKING:
    from xinglin.cdr.context import Context
    from xinglin.cdr.operations import Level, Registry
    from xinglin.cdr.repository import Repository

    from .model import Opened, Signer, Verdict
    from .service import Signing

COOKIE = "xinglin-signing"
HEADER = b"x-signing-unlock"
_MOST = 100  # signatures of one resource that are told of at once


class Operations:
    """The operations over one repository."""

    def __init__(self, signing: Signing, repository: Repository) -> None:
        self._signing = signing
        self._repository = repository

    @property
    def _context(self) -> Context:
        return self._repository.context

    def register(self, operations: Registry) -> None:
        """Make them callable."""
        add = operations.register
        here: tuple[Level] = ("instance",)
        own = OWN_DEFINITION
        add(*("sign-version", here, (), self.sign), changes=True, definition=own + "sign-version")
        add(*("verify-signatures", here, (), self.verify_all), definition=own + "verify-signatures")
        add("verify", here, ("Provenance",), self.verify, definition=own + "verify")
        add(*("evidence", here, ("Provenance",), self.evidence), definition=own + "evidence")

    async def sign(self, call: Call) -> Reply:
        """Sign the current or a named version with one's own key; answers with the Provenance."""
        db = self._context.db
        purpose = purposes.of(call.parameters.text("purpose") or "").code
        signer = await people.signer(db, call.access)
        opened = await self._opened(call, signer)
        target = await self._target(call)
        made = await self._signing.sign(
            db,
            call.access,
            signer,
            opened,
            target,
            purpose,
            await people.step_up_at(db, call.access),
        )
        return Reply(made.body, 201, (("Location", f"{call.base}/{made.location}"),))

    async def verify(self, call: Call) -> Reply:
        """What the signatures of one Provenance are worth."""
        resource = json.decode(await self._provenance(call))
        found = await self._verdicts(resource)
        return Reply(_parameters(call, [(one, f"Provenance/{call.id}") for one in found]))

    async def verify_all(self, call: Call) -> Reply:
        """What the signatures of all versions of a resource are worth."""
        await self._repository.read(call.access, call.type, call.id)
        assert self._context.search is not None  # noqa: S101  set by the assembly
        bundle = await self._context.search(
            self._context.db,
            Access.local(),
            ("Provenance",),
            f"target={call.type}/{call.id}&_count={_MOST}",
            Style(call.base),
        )
        found: list[tuple[Verdict, str]] = []
        for entry in json.decode(bundle.body).get("entry", ()):
            one = entry["resource"]
            if one.get("signature"):
                found += [(v, f"Provenance/{one['id']}") for v in await self._verdicts(one)]
        return Reply(_parameters(call, found))

    async def evidence(self, call: Call) -> Reply:
        """One file with everything that is needed to verify it elsewhere, years later."""
        raw = await self._provenance(call)
        target = _target_of(json.decode(raw))
        if target is None:
            raise refusals.unsigned()
        body = await self._signing.body(self._context.db, call.access, target)
        lists = [await self._signing.keys.revocations()]
        return Reply(evidence.build(body, raw, lists, self._signing.roots()))

    async def _opened(self, call: Call, signer: Signer) -> Opened:
        token = _token(call)
        if not token:
            raise refusals.locked()
        return await self._signing.keys.open(signer.account, call.access.session, token)

    async def _target(self, call: Call) -> Target:
        version = call.parameters.number("version", 1)
        if version is None:
            current = await self._repository.read(call.access, call.type, call.id)
            version = current.version
        return Target(call.type, call.id, version)

    async def _provenance(self, call: Call) -> bytes:
        """The bytes of a Provenance whose target the caller may read: that is enough."""
        found = await self._repository.read(Access.local(), "Provenance", call.id)
        target = _target_of(json.decode(found.body))
        if target is None:
            return (await self._repository.read(call.access, "Provenance", call.id)).body
        try:
            await self._repository.vread(call.access, target.type, target.id, str(target.version))
        except NotFound:
            raise _absent(call.id) from None
        return found.body

    async def _verdicts(self, resource: dict[str, Any]) -> list[Verdict]:
        return await self._signing.verify(await self._signed(resource), resource)

    async def _signed(self, resource: dict[str, Any]) -> bytes:
        """The bytes that are stored where the Provenance points; none where nothing is there."""
        target = _target_of(resource)
        if target is None:
            return b""
        try:
            return await self._signing.body(self._context.db, Access.local(), target)
        except (NotFound, Gone):
            return b""


def _token(call: Call) -> str | None:
    """What unlocks the key, kept by the client alone; inside a batch there is none."""
    if not isinstance(call, Asked):
        return None
    sent = call.header(HEADER)
    if sent:
        return sent
    wanted = cookie_name(COOKIE, secure=call.base.startswith("https:"))
    for part in (call.header(b"cookie") or "").replace(",", ";").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted:
            return value
    return None


def _target_of(resource: dict[str, Any]) -> Target | None:
    for one in resource.get("target") or ():
        match str(one.get("reference", "")).split("/"):
            case [type_, id_, "_history", version] if version.isascii() and version.isdigit():
                return Target(type_, id_, int(version))
            case _:
                pass
    return None


def _parameters(call: Call, verdicts: list[tuple[Verdict, str]]) -> dict[str, Any]:
    parameter = [{"name": "signature", "part": _parts(call, one, where)} for one, where in verdicts]
    return {"resourceType": "Parameters", **({"parameter": parameter} if parameter else {})}


def _parts(call: Call, one: Verdict, where: str) -> list[dict[str, Any]]:
    said: list[tuple[str, str, Any]] = [
        ("outcome", "valueCode", one.outcome),
        ("reason", "valueString", one.zh if call.lang == "zh" else one.en),
        ("reason-en", "valueString", one.en),
        ("reason-zh", "valueString", one.zh),
        ("provenance", "valueReference", {"reference": where}),
        ("target", "valueReference", {"reference": one.target} if one.target else None),
        ("who", "valueReference", {"reference": one.who, "display": one.name} if one.who else None),
        ("purpose", "valueCode", one.purpose),
        ("claimed", "valueInstant", one.claimed),
        ("stamped", "valueInstant", one.at.isoformat(timespec="milliseconds") if one.at else None),
        ("certificate", "valueString", one.serial),
        (
            "revocations",
            "valueInstant",
            one.asof.isoformat(timespec="milliseconds") if one.asof else None,
        ),
    ]
    return [{"name": name, kind: value} for name, kind, value in said if value]


def _absent(id_: str) -> NotFound:
    return NotFound(
        Issue(
            "not-found",
            f"There is no Provenance/{id_}, or none that you may see.",
            f"没有 Provenance/{id_}，或您无权查看。",
        )
    )
