"""From a resource to its index rows, by the plan that is in force or an older one.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html; rows: migrations/0001_core.sql.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.index.handlers import Maker, Out
from xinglin.cdr.index.plan import Plan
from xinglin.cdr.index.references import Name, local_references
from xinglin.fhir.search import SearchParameters, search_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.cdr.index.dates import Dates
    from xinglin.cdr.index.keys import KeySpace
    from xinglin.cdr.index.rows import Rows

SHIPPED: Final = 1
"""Number of the plan with no custom parameters."""


class Indexer:
    """Extracts index rows; one per process, for one database.

    ``plan`` is the number of the plan in force. ``bases`` are the own addresses, by which absolute
    references are known as local.
    """

    def __init__(self, keys: KeySpace, dates: Dates, bases: tuple[str, ...] = ()) -> None:
        self.keys: Final = keys
        self.dates: Final = dates
        self.bases: Final = bases
        self.plan = SHIPPED
        self._params: dict[int, SearchParameters] = {SHIPPED: search_parameters()}
        self._maker = Maker(keys, dates, bases)
        self._plans: dict[tuple[int, str], Plan] = {}

    @property
    def params(self) -> SearchParameters:
        """The search parameters in force."""
        return self._params[self.plan]

    def extract(
        self, resource: dict[str, Any], resolve: Callable[[Name], int], plan: int | None = None
    ) -> Rows:
        """Index rows of a valid resource.

        ``resolve`` numbers each of its ``local_references`` and, for a Patient, itself. ``plan`` is
        given for the rows that an older image has in the database.
        """
        out = Out(resolve, resource)
        self._plan(resource["resourceType"], plan or self.plan).run(resource, out)
        return out.rows()

    def local_references(self, resource: dict[str, Any]) -> set[Name]:
        """What ``extract`` will want to have resolved."""
        return local_references(resource, self.bases)

    def _plan(self, type_: str, number: int) -> Plan:
        found = self._plans.get((number, type_))
        if found is None:
            found = Plan(type_, self._params[number], self._maker)
            self._plans[number, type_] = found
        return found
