"""The database of the search tests, for the conformance tests of search."""

from tests.integration.cdr.search.conftest import module_db

__all__ = ["module_db"]
