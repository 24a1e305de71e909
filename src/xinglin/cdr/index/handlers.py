"""What one value adds to the rows: one maker per kind of parameter and type of value.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#table; keys are explained in ``keys``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.index import names, numbers
from xinglin.cdr.index.rows import Coding, Rows
from xinglin.cdr.index.text import stored

if TYPE_CHECKING:
    from decimal import Decimal

    from xinglin.cdr.index.dates import Bounds, Dates
    from xinglin.cdr.index.keys import KeySpace
    from xinglin.cdr.index.references import Name

_CACHE: Final = 1 << 15
_DIALLED: Final = frozenset(("phone", "fax", "pager", "sms"))
CONTACT_SYSTEMS: Final = ("phone", "email", "fax", "pager", "url", "sms", "other", "")


class Out:
    """Rows in the making, and what is known while they are made."""

    __slots__ = (
        *("bits", "coding", "dat", "key", "num", "refs", "resolve", "resource", "str"),
        *("when", "who"),
    )

    def __init__(self, resolve: Callable[[Name], int], resource: dict[str, Any]) -> None:
        self.resolve = resolve
        self.resource = resource
        self.key: set[int] = set()
        self.dat: set[tuple[int, int, int]] = set()
        self.num: set[tuple[int, Decimal, Decimal]] = set()
        self.str: set[tuple[int, str, int]] = set()
        self.coding: set[Coding] = set()
        self.refs: set[int] = set()
        self.who: set[int] = set()
        self.when: set[int] = set()
        self.bits = 0

    def count(self) -> int:
        """Rows so far, but for ``pdate``."""
        return len(self.key) + len(self.dat) + len(self.num) + len(self.str)

    def rows(self) -> Rows:
        """The finished rows."""
        return Rows(
            key=self.key,
            dat=self.dat,
            num=self.num,
            str=self.str,
            pdate={(who, when) for who in self.who for when in self.when},
            refs=sorted(self.refs),
            coding=self.coding,
            present=self.bits,
        )


Handler = Callable[[Any, Out], None]


class Maker:
    """Makes handlers for the keys and the time zone of one installation."""

    def __init__(self, keys: KeySpace, dates: Dates, bases: tuple[str, ...] = ()) -> None:
        self.keys = keys
        self.dates = dates
        self.bases = bases
        self._codings: dict[tuple[int, str, str, str], Coding] = {}

    def entry(self, param: int, system: str, code: str, text: str) -> Coding:
        """The dictionary entry of a coding, remembered because codes come again and again."""
        look = (param, system, code, text)
        found = self._codings.get(look)
        if found is None:
            if len(self._codings) >= _CACHE:
                self._codings.clear()
            found = Coding(param, system, code, self.keys.token(param, system, code), stored(text))
            self._codings[look] = found
        return found

    def make(self, param: int, kind: str, type_: str) -> Handler | None:
        """The handler for values of a type under a parameter; None if they have no rows."""
        maker = _MAKERS.get((kind, type_))
        return None if maker is None else maker(self, param)

    # -- token ----------------------------------------------------------------------------------
    def codeable_concept(self, param: int) -> Handler:
        """A row per coding; a row for the text where there is none."""
        entry, keys = self.entry, self.keys

        def handle(value: Any, out: Out) -> None:
            text = value.get("text") or ""
            coded = False
            for coding in value.get("coding", ()):
                code = coding.get("code")
                if code is None:
                    text = text or coding.get("display") or ""
                    continue
                coded = True
                display = coding.get("display") or text
                found = entry(param, coding.get("system") or "", code, display)
                out.key.add(found.k)
                out.coding.add(found)
                if text and text != display:
                    out.coding.add(entry(param, found.system, code, text))
            if text and not coded:
                folded = stored(text)
                k = keys.text_only(param, folded)
                out.key.add(k)
                out.coding.add(Coding(param, "", "", k, folded))

        return handle

    def coding(self, param: int) -> Handler:
        """A row for the code."""
        concept = self.codeable_concept(param)
        return lambda value, out: concept({"coding": (value,)}, out)

    def code(self, param: int) -> Handler:
        """A row for the bare code; its system is known from the definitions."""
        entry = self.entry

        def handle(value: Any, out: Out) -> None:
            found = entry(param, "", value, "")
            out.key.add(found.k)
            out.coding.add(found)

        return handle

    def boolean(self, param: int) -> Handler:
        """True and false are codes."""
        code = self.code(param)
        return lambda value, out: code("true" if value else "false", out)

    def deceased(self, param: int) -> Handler:
        """``Patient.deceased.exists() and Patient.deceased != false``: the only calculation."""
        code = self.code(param)

        def handle(value: Any, out: Out) -> None:
            dead = "deceasedDateTime" in value or value.get("deceasedBoolean") is True
            code("true" if dead else "false", out)

        return handle

    def identifier(self, param: int) -> Handler:
        """Rows for value, system and value, system, and for each type with value."""
        keys = self.keys

        def handle(value: Any, out: Out) -> None:
            system, number = value.get("system"), value.get("value")
            add = out.key.add
            if system is not None:
                add(keys.system(param, system))
            if number is None:
                return
            add(keys.any_system(param, number))
            add(keys.token(param, system, number))
            for coding in value.get("type", {}).get("coding", ()):
                if "code" in coding:
                    add(keys.of_type(param, coding.get("system"), coding["code"], number))

        return handle

    def contact_point(self, param: int) -> Handler:
        """One row: system and value as it is dialled; asking for any system asks for each."""
        keys = self.keys

        def handle(value: Any, out: Out) -> None:
            if value.get("value"):
                system = value.get("system") or ""
                out.key.add(keys.token(param, system, contact_value(system, value["value"])))

        return handle

    def plain(self, param: int) -> Handler:
        """A row for an id, string or uri under a token parameter."""
        keys = self.keys
        return lambda value, out: out.key.add(keys.any_system(param, value))

    # -- uri ------------------------------------------------------------------------------------
    def uri(self, param: int) -> Handler:
        """A row for the address, and one with its version; the dictionary serves ``:below``."""
        keys = self.keys

        def handle(value: Any, out: Out) -> None:
            address, bar, _ = value.partition("|")
            k = keys.uri(param, address)
            out.key.add(k)
            out.coding.add(Coding(param, "", address, k, ""))
            if bar:
                out.key.add(keys.uri(param, value))

        return handle

    def canonical(self, param: int) -> Handler:
        """The same for a reference parameter that holds addresses."""
        keys = self.keys

        def handle(value: Any, out: Out) -> None:
            address, bar, _ = value.partition("|")
            out.key.add(keys.url(param, address))
            if bar:
                out.key.add(keys.url(param, value))

        return handle

    # -- string ---------------------------------------------------------------------------------
    def string(self, param: int) -> Handler:
        """The folded string and the hash of the exact one."""
        k, exact = self.keys.plain(param), self.keys.exact

        def handle(value: Any, out: Out) -> None:
            folded = stored(value)
            if folded:
                out.str.add((k, folded, exact(value)))

        return handle

    def human_name(self, param: int) -> Handler:
        """What a name has beside its parts: the joined form and the sort key."""
        string, sort = self.string(param), self.keys.sort(param)

        def handle(value: Any, out: Out) -> None:
            joined = names.joined(value)
            if joined:
                string(joined, out)
            out.str.add((sort, names.sort_key(value), 0))

        return handle

    def phonetic(self, param: int) -> Handler:
        """Spellings of a name."""
        k = self.keys.plain(param)
        return lambda value, out: out.str.update((k, one, 0) for one in names.phonetic(value))

    def phonetic_string(self, param: int) -> Handler:
        """Spellings of a name that is a string."""
        k = self.keys.plain(param)
        return lambda value, out: out.str.update((k, one, 0) for one in names.phonetic_text(value))

    # -- number and quantity --------------------------------------------------------------------
    def number(self, param: int) -> Handler:
        """The number itself."""
        k = self.keys.plain(param)

        def handle(value: Any, out: Out) -> None:
            found = numbers.number(value)
            out.num.add((k, found, found))

        return handle

    def number_range(self, param: int) -> Handler:
        """A Range under a number parameter."""
        k = self.keys.plain(param)

        def handle(value: Any, out: Out) -> None:
            found = numbers.measure(value, "Range")
            if found is not None:
                out.num.add((k, found.low, found.high))

        return handle

    def quantity(self, param: int, kind: str) -> Handler:
        """The plain number; in base units, or by unit where it has none of UCUM."""
        keys, k = self.keys, self.keys.plain(param)

        def handle(value: Any, out: Out) -> None:
            found = numbers.measure(value, kind)
            if found is None:
                return
            low, high = found.low, found.high
            add = out.num.add
            add((k, low, high))
            base = numbers.in_base_units(found)
            if base is not None:
                add((keys.unit(param, base[0]), base[1], base[2]))
            elif found.code:
                add((keys.coded_unit(param, found.system, found.code), low, high))
                add((keys.unit_text(param, found.code), low, high))
            if found.unit and found.unit != found.code:
                add((keys.unit_text(param, found.unit), low, high))

        return handle

    # -- date -----------------------------------------------------------------------------------
    def bounds(self, type_: str) -> Callable[[Any], Bounds | None]:
        """The reader of one type of date; what is no date gives nothing."""
        reader: Callable[[Any], Bounds | None] = {
            "Period": self.dates.period,
            "Timing": self.dates.timing,
        }.get(type_, self.dates.bounds)

        def read(value: Any) -> Bounds | None:
            try:
                return reader(value)
            except ValueError:
                return None

        return read

    def date(self, params: tuple[int, ...], type_: str, *, clinical: bool) -> Handler:
        """Rows under several parameters at once; ``clinical`` is the date of ``pdate`` too."""
        read = self.bounds(type_)
        ks = tuple(self.keys.plain(param) for param in params)

        def handle(value: Any, out: Out) -> None:
            found = read(value)
            if found is None:
                return
            for k in ks:
                out.dat.add((k, *found))
            if clinical:
                out.when.add(found[0])

        return handle


def contact_value(system: str, value: str) -> str:
    """A telephone number as it is dialled, an e-mail address without case."""
    if system in _DIALLED:
        dialled = "".join(char for char in value if char.isalnum() or char == "+")
        return dialled.casefold() or value
    return value.casefold() if system == "email" else value


def _quantity(kind: str) -> Callable[[Maker, int], Handler]:
    return lambda maker, param: maker.quantity(param, kind)


_MAKERS: Final[dict[tuple[str, str], Callable[[Maker, int], Handler]]] = {
    ("token", "CodeableConcept"): Maker.codeable_concept,
    ("token", "Coding"): Maker.coding,
    ("token", "Identifier"): Maker.identifier,
    ("token", "ContactPoint"): Maker.contact_point,
    ("token", "boolean"): Maker.boolean,
    ("token", "code"): Maker.code,
    ("token", "deceased()"): Maker.deceased,
    **{("token", kind): Maker.plain for kind in ("id", "string", "uri", "url", "oid", "uuid")},
    **{("uri", kind): Maker.uri for kind in ("uri", "url", "canonical", "oid", "uuid")},
    **{("reference", kind): Maker.canonical for kind in ("uri", "url", "canonical")},
    **{("string", kind): Maker.string for kind in ("string", "markdown", "code", "id")},
    ("string", "HumanName"): Maker.human_name,
    ("string", "PhoneticHumanName"): Maker.phonetic,
    ("string", "Phoneticstring"): Maker.phonetic_string,
    **{
        ("number", kind): Maker.number
        for kind in ("decimal", "integer", "positiveInt", "unsignedInt")
    },
    ("number", "Range"): Maker.number_range,
    **{
        ("quantity", kind): _quantity(kind)
        for kind in (
            *("Quantity", "Money", "Age", "Duration", "Count", "Distance"),
            *("Range", "SampledData"),
        )
    },
}
