"""The terminology operations on CodeSystem, ValueSet and ConceptMap.

https://hl7.org/fhir/R4/codesystem-operations.html; valueset-operations.html;
conceptmap-operations.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xinglin.kernel.errors import Issue, Malformed, NotFound
from xinglin.terminology import replies

from .registry import Call, Registry, Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xinglin.kernel.clock import Clock
    from xinglin.terminology import Terminology

    # The number of a resource that the caller may see; raises NotFound or Gone.
    Locate = Callable[[Any, str, str], Awaitable[int]]
    # Raises NotFound or Forbidden where the caller may not use what has this address.
    Check = Callable[[Any, str, str | None], Awaitable[None]]

DEFINITION = "http://hl7.org/fhir/OperationDefinition/"


class TerminologyOperations:
    """The handlers; ``locate`` finds the resource of an instance-level call, under its Access."""

    def __init__(
        self, terminology: Terminology, locate: Locate, clock: Clock, check: Check
    ) -> None:
        self._check = check
        self._terminology = terminology
        self._locate = locate
        self._clock = clock

    def register(self, registry: Registry) -> None:
        """Make them callable."""
        for name, type_, handler in (
            ("lookup", "CodeSystem", self.lookup),
            ("validate-code", "CodeSystem", self.validate_in_system),
            ("subsumes", "CodeSystem", self.subsumes),
            ("expand", "ValueSet", self.expand),
            ("validate-code", "ValueSet", self.validate_in_value_set),
            ("translate", "ConceptMap", self.translate),
        ):
            registry.register(
                name,
                ("type", "instance"),
                (type_,),
                handler,
                definition=f"{DEFINITION}{type_}-{name}",
            )

    async def lookup(self, call: Call) -> Reply:
        """CodeSystem/$lookup."""
        url, version, code = await self._code(call)
        system, concept, children = await self._terminology.lookup(url, code, version)
        language = call.parameters.text("displayLanguage") or ""
        wanted = call.parameters.texts("property")
        return Reply(replies.lookup(system, concept, children, wanted, language))

    async def validate_in_system(self, call: Call) -> Reply:
        """CodeSystem/$validate-code."""
        url, version, code = await self._code(call)
        display = call.parameters.text("display")
        answer = await self._terminology.validate_in_system(
            url, code, version=version, display=display
        )
        return Reply(replies.validity(answer, call.lang))

    async def subsumes(self, call: Call) -> Reply:
        """CodeSystem/$subsumes."""
        url, version = await self._system(call)
        codes: list[str] = []
        for name in ("A", "B"):
            coding = call.parameters.element(f"coding{name}") or {}
            url = url or coding.get("system")
            code = call.parameters.text(f"code{name}") or coding.get("code")
            if not code:
                raise _missing(f"code{name}", f"coding{name}")
            codes.append(code)
        if not url:
            raise _missing("system")
        outcome = await self._terminology.subsumes(url, codes[0], codes[1], version)
        return Reply(replies.subsumption(outcome))

    async def expand(self, call: Call) -> Reply:
        """ValueSet/$expand."""
        value_set = await self._value_set(call)
        asked = call.parameters
        text, offset = asked.text("filter") or "", asked.number("offset") or 0
        count, active = asked.number("count"), asked.flag("activeOnly") or False
        language = asked.text("displayLanguage") or ""
        answer = await self._terminology.expand(
            value_set, text=text, offset=offset, count=count, active_only=active, language=language
        )
        echoed = {
            "filter": text or None,
            "offset": offset,
            "count": count,
            "activeOnly": active or None,
            "displayLanguage": language or None,
        }
        return Reply(replies.expansion(value_set, answer, self._clock.now(), echoed))

    async def validate_in_value_set(self, call: Call) -> Reply:
        """ValueSet/$validate-code."""
        value_set = await self._value_set(call)
        codings = _codings(call, need_system=False)
        display = call.parameters.text("display")
        answer = None
        for coding in codings:
            answer = await self._terminology.validate_in_value_set(
                value_set, coding["code"], coding.get("system"), display or coding.get("display")
            )
            if answer.result:
                break
        assert answer is not None  # noqa: S101  there is at least one coding
        return Reply(replies.validity(answer, call.lang))

    async def translate(self, call: Call) -> Reply:
        """ConceptMap/$translate."""
        asked = call.parameters
        rid = None
        if call.level == "instance":
            rid = await self._locate(call.access, "ConceptMap", call.id)
        else:
            await self._check(call.access, "ConceptMap", asked.text("url"))
        matches = []
        for coding in _codings(call, need_system=True):
            matches += await self._terminology.translate(
                coding["code"],
                coding["system"],
                url=asked.text("url"),
                rid=rid,
                source=asked.text("source"),
                target=asked.text("target"),
                target_system=asked.text("targetsystem"),
                reverse=asked.flag("reverse") or False,
            )
        return Reply(replies.translation(matches, call.lang))

    async def _system(self, call: Call) -> tuple[str | None, str | None]:
        version = call.parameters.text("version")
        if call.level == "instance":
            rid = await self._locate(call.access, "CodeSystem", call.id)
            found = await self._terminology.system_of(rid)
            if found:
                return found.url, found.version
        url = call.parameters.text("system") or call.parameters.text("url")
        await self._check(call.access, "CodeSystem", url or _system(call))
        return url, version

    async def _code(self, call: Call) -> tuple[str, str | None, str]:
        url, version = await self._system(call)
        coding = call.parameters.element("coding")
        if coding is None:
            concept = call.parameters.element("codeableConcept") or {}
            coding = next(iter(concept.get("coding", [])), {})
        code = call.parameters.text("code") or coding.get("code")
        url = url or coding.get("system")
        if not code:
            raise _missing("code", "coding")
        if not url:
            raise _missing("system", "coding.system")
        return url, version or coding.get("version"), code

    async def _value_set(self, call: Call) -> dict[str, Any]:
        if call.level == "instance":
            rid = await self._locate(call.access, "ValueSet", call.id)
            found = await self._terminology.value_set_of(rid)
            if found is None:
                raise NotFound(
                    Issue(
                        "not-found",
                        f"ValueSet/{call.id} holds no value set",
                        f"ValueSet/{call.id} 中没有值集",
                    )
                )
            return found
        url = call.parameters.text("url")
        await self._check(call.access, "ValueSet", url)
        given = call.parameters.element("valueSet") or (
            call.resource if (call.resource or {}).get("resourceType") == "ValueSet" else None
        )
        if given:
            return given
        if not url:
            raise _missing("url", "valueSet")
        return await self._terminology.value_set(url, call.parameters.text("valueSetVersion"))


def _system(call: Call) -> str | None:
    """The system that a coding of the call names."""
    for name in ("coding", "codingA", "codingB"):
        coding = call.parameters.element(name)
        if coding is not None:
            return coding.get("system")
    concept = call.parameters.element("codeableConcept") or {}
    return next((one.get("system") for one in concept.get("coding", [])), None)


def _codings(call: Call, *, need_system: bool) -> list[dict[str, Any]]:
    code, system = call.parameters.text("code"), call.parameters.text("system")
    coding = call.parameters.element("coding")
    concept = call.parameters.element("codeableConcept")
    found = [
        {"code": code, **({"system": system} if system else {})} if code else {},
        coding or {},
        *((concept or {}).get("coding", [])),
    ]
    found = [one for one in found if one.get("code")]
    if not found:
        raise _missing("code", "coding", "codeableConcept")
    if need_system and not all(one.get("system") for one in found):
        raise _missing("system")
    return found


def _missing(*names: str) -> Malformed:
    either = " or ".join(names)
    return Malformed(
        Issue(
            "required",
            f"Parameter {either} is needed",
            f"缺少参数 {' 或 '.join(names)}",
            (f"Parameters.parameter.where(name='{names[0]}')",),
        )
    )
