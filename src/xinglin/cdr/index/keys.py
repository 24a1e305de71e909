"""Keys of index rows: one 64-bit number for "this parameter has this value".

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#token and following; the layout is explained
in docs/explanation/cdr.md.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

PARAM_SHIFT: Final = 51
"""Bits of a rid: structured keys are ``param << 51 | rid`` and not negative."""
RID_MASK: Final = (1 << PARAM_SHIFT) - 1
_SIGN: Final = 1 << 63
_CACHE: Final = 1 << 15

# Numbers of parameters that are the same for every type (1 to 31 are kept for them).
TYPE: Final = 1
"""One row ``TYPE << 51 | type number`` for every live resource."""
COMPARTMENT_PATIENT: Final = 2
"""One row ``COMPARTMENT_PATIENT << 51 | rid of the patient`` per patient a resource belongs to."""
HOME: Final = 3
"""One row ``HOME << 51 | rid of the organisation`` where ``resource.home`` is set."""


class KeySpace:
    """The keys of one installation; hashes are keyed by its secret, so values do not leak.

    Structured keys (references, compartments, types) are free of collisions, because access
    control rides on them. Hashed keys are negative: 63 bits of BLAKE2b over the parts, each part
    with its length in front. ``param`` is always the number of a *source* of the parameter.
    """

    def __init__(self, secret: bytes) -> None:
        self._base = blake2b(digest_size=8, key=secret)
        self._cache: dict[tuple[int, str, str | None, str | None], int] = {}
        self._pairs: dict[tuple[int, str, str, tuple[str, ...]], int] = {}

    # -- structured ---------------------------------------------------------------------------
    @staticmethod
    def ref(param: int, rid: int) -> int:
        """A reference to a resource of this repository (also compartments and ``HOME``)."""
        return param << PARAM_SHIFT | rid

    @staticmethod
    def unpack(k: int) -> tuple[int, int]:
        """(param, rid) of a structured key."""
        return k >> PARAM_SHIFT, k & RID_MASK

    @staticmethod
    def type_key(number: int) -> int:
        """Every live resource of the type with this number."""
        return TYPE << PARAM_SHIFT | number

    @staticmethod
    def patient(rid: int) -> int:
        """Everything in the compartment of the patient with this rid, the Patient included."""
        return COMPARTMENT_PATIENT << PARAM_SHIFT | rid

    @staticmethod
    def home(rid: int) -> int:
        """Everything that the organisation with this rid answers for."""
        return HOME << PARAM_SHIFT | rid

    @staticmethod
    def plain(param: int) -> int:
        """``k`` of the ``dat``, ``num`` and ``str`` rows of a parameter that is no composite."""
        return param << PARAM_SHIFT

    @staticmethod
    def sort(param: int) -> int:
        """``k`` of the ``str`` rows that hold the sort key (pinyin) of a name parameter."""
        return param << PARAM_SHIFT | 1

    @staticmethod
    def ref_range(param: int) -> tuple[int, int]:
        """Bounds (both inclusive) of all structured keys of a parameter."""
        return param << PARAM_SHIFT, param << PARAM_SHIFT | RID_MASK

    # -- hashed -------------------------------------------------------------------------------
    def _hash(self, param: int, kind: str, *parts: str) -> int:
        blob = bytearray(param.to_bytes(2, "big") + kind.encode())
        for part in parts:
            # A lone surrogate cannot be stored, but may be asked for.
            raw = part.encode("utf-8", "surrogatepass")
            blob += len(raw).to_bytes(4, "big") + raw
        digest = self._base.copy()
        digest.update(blob)
        return (int.from_bytes(digest.digest(), "big") | _SIGN) - (1 << 64)

    def _cached(self, param: int, kind: str, one: str | None, two: str | None) -> int:
        entry = (param, kind, one, two)
        k = self._cache.get(entry)
        if k is None:
            if len(self._cache) >= _CACHE:
                self._cache.clear()
            k = self._hash(param, kind, *(part for part in (one, two) if part is not None))
            self._cache[entry] = k
        return k

    def token(self, param: int, system: str | None, code: str) -> int:
        """``system|code``; without a system (``|code``, primitives) the system is ``None``.

        Codings, codes, booleans, and identifiers and contact points with their system.
        """
        return self._cached(param, "T", system or "", code)

    def any_system(self, param: int, code: str) -> int:
        """``code`` with any system, for tokens without a dictionary (identifiers, strings)."""
        return self._hash(param, "A", code)

    def system(self, param: int, system: str) -> int:
        """``system|``: any identifier of this system (codings use the dictionary instead)."""
        return self._cached(param, "S", system, None)

    def text_only(self, param: int, folded: str) -> int:
        """A CodeableConcept with a text and no coding, for ``:text`` (by the dictionary)."""
        return self._hash(param, "X", folded)

    def of_type(self, param: int, system: str | None, code: str, value: str) -> int:
        """``identifier:of-type=system|code|value``."""
        return self._hash(param, "O", system or "", code, value)

    def ref_identifier(self, param: int, system: str | None, value: str) -> int:
        """``subject:identifier=system|value``: a reference by identifier."""
        return self._hash(param, "RI", system or "", value)

    def ref_identifier_any(self, param: int, value: str) -> int:
        """``subject:identifier=value`` with any system."""
        return self._hash(param, "RA", value)

    def url(self, param: int, url: str) -> int:
        """A reference to somewhere else by its absolute address, or a canonical address.

        Canonicals have one row for the address without ``|version`` and, where a version is
        given, one for the whole.
        """
        return self._hash(param, "R", url)

    def uri(self, param: int, uri: str) -> int:
        """A uri parameter; rows as for ``url``. ``:below`` goes through the dictionary."""
        return self._cached(param, "U", uri, None)

    def unit(self, param: int, canonical: str) -> int:
        """``num.k`` of a quantity in its canonical UCUM unit; the row holds the canonical value."""
        return self._cached(param, "C", canonical, None)

    def coded_unit(self, param: int, system: str | None, code: str) -> int:
        """``num.k`` of a quantity that has no UCUM unit, by unit system and code."""
        return self._cached(param, "Q", system or "", code)

    def unit_text(self, param: int, unit: str) -> int:
        """``num.k`` of a quantity by the text of its unit, where that differs from the code."""
        return self._cached(param, "N", unit, None)

    def gram(self, param: int, gram: str) -> int:
        """``gram.k``: one or two characters of a folded string (``:contains``), a word of text."""
        return self._hash(param, "G", gram)

    # -- composites ---------------------------------------------------------------------------
    def pair(self, param: int, system: str | None, code: str, *rest: str) -> int:
        """A composite that begins with a token.

        ``rest`` is empty for token-date, token-string and token-number, whose second part is the
        value of the ``dat``, ``str`` or ``num`` row; it is one of the ``part_*`` tuples otherwise.
        """
        entry = (param, system or "", code, rest)
        k = self._pairs.get(entry)
        if k is None:
            if len(self._pairs) >= _CACHE:
                self._pairs.clear()
            k = self._pairs[entry] = self._hash(param, "P", system or "", code, *rest)
        return k

    @staticmethod
    def part_token(system: str | None, code: str) -> tuple[str, ...]:
        """Second part of token-token."""
        return ("T", system or "", code)

    @staticmethod
    def part_ref(rid: int) -> tuple[str, ...]:
        """Second part of token-reference."""
        return ("R", str(rid))

    @staticmethod
    def part_url(url: str) -> tuple[str, ...]:
        """Second part of token-reference for a target that is somewhere else."""
        return ("L", url)

    @staticmethod
    def part_unit(canonical: str) -> tuple[str, ...]:
        """Second part of token-quantity: canonical UCUM unit."""
        return ("C", canonical)

    @staticmethod
    def part_coded_unit(system: str | None, code: str) -> tuple[str, ...]:
        """Second part of token-quantity: a unit of another system."""
        return ("Q", system or "", code)

    @staticmethod
    def part_any_unit() -> tuple[str, ...]:
        """Second part of token-quantity: the plain number with whatever unit."""
        return ("*",)

    # -- values -------------------------------------------------------------------------------
    def exact(self, value: str) -> int:
        """``str.x``: 63 bits, not negative, of the value as it was written (for ``:exact``)."""
        return self._hash(0, "E", value) & (_SIGN - 1)
