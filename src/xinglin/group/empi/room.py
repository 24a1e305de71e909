"""The room's door: everything of the patient index over one repository.

Design, section 2; docs/adr/0011-patient-index.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .crossing import PixmReference
from .desk import Matching
from .index import Index
from .merge_desk import Merging
from .upkeep import Upkeep
from .worker import Worker

if TYPE_CHECKING:
    from xinglin.cdr.operations import Registry
    from xinglin.cdr.repository import Repository


class PatientIndex:
    """Hooks, operations and the worker."""

    def __init__(self, repository: Repository) -> None:
        self.index = Index(repository.context)
        repository.on_write(("Patient",), self.index.written)
        self.worker = Worker(self.index)

    def register(self, table: Registry) -> None:
        """Make its operations callable."""
        Matching(self.index).register(table)
        Merging(self.index).register(table)
        PixmReference(self.index).register(table)
        Upkeep(self.index).register(table)
