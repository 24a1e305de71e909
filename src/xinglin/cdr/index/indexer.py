"""From a resource to its index rows, by the plan that is in force or an older one.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html; rows: migrations/0001_core.sql.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xinglin.cdr.index.handlers import Maker, Out
from xinglin.cdr.index.plan import Plan
from xinglin.cdr.index.plans import SHIPPED, Plans, load
from xinglin.cdr.index.references import Name, local_references

if TYPE_CHECKING:
    from collections.abc import Callable

    from xinglin.cdr.index.dates import Dates
    from xinglin.cdr.index.keys import KeySpace
    from xinglin.cdr.index.rows import Rows
    from xinglin.kernel.database import Connection, Database


class Indexer:
    """Extracts index rows; one per process, for one database.

    ``bases`` are the own addresses, by which absolute references are known as local. Until
    ``use`` is called there is one plan, that of R4 with ``dates``.
    """

    def __init__(self, keys: KeySpace, dates: Dates, bases: tuple[str, ...] = ()) -> None:
        self.keys: Final = keys
        self.bases: Final = bases
        self._plans: dict[tuple[int, str], Plan] = {}
        self._told: list[Callable[[Indexer], None]] = []
        self.use(Plans({SHIPPED: str(dates.zone)}))

    def use(self, plans: Plans) -> None:
        """Work by these plans from now on (``plans.load`` reads them)."""
        self.plans = plans
        self.plan = plans.current
        """Number of the plan in force."""
        self.params = plans.searched()
        """The search parameters that can be searched by."""
        self.dates = plans.dates(self.plan)
        self._plans.clear()
        for told in self._told:
            told(self)

    def on_change(self, told: Callable[[Indexer], None]) -> None:
        """Have somebody told, now and later, which parameters and dates are in use."""
        self._told.append(told)
        told(self)

    async def catch_up(self, source: Connection | Database, plan: int) -> None:
        """Read the plans again where a row was made by one that is not known here yet."""
        if plan > self.plan:
            self.use(await load(source))

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
            maker = Maker(self.keys, self.plans.dates(number), self.bases)
            found = Plan(type_, maker, self.plans.extracted(number, type_))
            self._plans[number, type_] = found
        return found
