"""Loading inside the process: straight into the repository.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.fhir import json
from xinglin.kernel.errors import Gone, NotFound

if TYPE_CHECKING:
    from xinglin.cdr.access import Access
    from xinglin.cdr.repository import Interactions

    from .codes import Json


class Inside:
    """The repository of this process, with the rights of ``access``."""

    def __init__(self, repository: Interactions, access: Access) -> None:
        self._repository = repository
        self._access = access

    async def send(self, bundle: Json) -> None:
        """Carry out one transaction."""
        await self._repository.bundle(self._access, bundle, base="", prefer="minimal")

    async def read(self, type_: str, id_: str) -> Json | None:
        """One resource, or None."""
        try:
            result = await self._repository.read(self._access, type_, id_)
        except (NotFound, Gone):
            return None
        return json.decode(result.body)
