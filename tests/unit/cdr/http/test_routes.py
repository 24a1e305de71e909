"""Addresses of the RESTful API, good and bad."""

from __future__ import annotations

import pytest

from xinglin.cdr.http.routes import Place, interaction, place_of
from xinglin.kernel.errors import Malformed, NotAllowed, NotFound

TYPES = ("Patient", "Observation")


@pytest.mark.parametrize(
    ("path", "method", "name", "place"),
    [
        ("", "POST", "bundle", Place("system")),
        ("/", "GET", "search_system", Place("system")),
        ("/metadata", "GET", "capabilities", Place("metadata")),
        ("/_history", "GET", "history_system", Place("system_history")),
        ("/_search", "POST", "search_system", Place("system_search")),
        ("/$export", "GET", "operation", Place("system_operation", name="export")),
        ("/Patient", "GET", "search_type", Place("type", "Patient")),
        ("/Patient", "POST", "create", Place("type", "Patient")),
        ("/Patient", "PUT", "update_conditional", Place("type", "Patient")),
        ("/Patient/_search", "POST", "search_type", Place("type_search", "Patient")),
        ("/Patient/_history", "GET", "history_type", Place("type_history", "Patient")),
        ("/Patient/1", "HEAD", "read", Place("instance", "Patient", "1")),
        ("/Patient/1", "PATCH", "patch", Place("instance", "Patient", "1")),
        ("/Patient/1/_history/2", "GET", "vread", Place("version", "Patient", "1", "2")),
        (
            "/Patient/1/$everything",
            "POST",
            "operation",
            Place("instance_operation", "Patient", "1", "everything"),
        ),
        (
            "/Patient/1/Observation",
            "GET",
            "search_compartment",
            Place("compartment", "Patient", "1", "Observation"),
        ),
        ("/Patient/1/*", "GET", "search_compartment", Place("compartment", "Patient", "1", "*")),
    ],
)
def test_every_address(path: str, method: str, name: str, place: Place) -> None:
    found = place_of(path, TYPES)
    assert found == place
    assert interaction(found, method) == name


@pytest.mark.parametrize("path", ["/Nothing", "/patient/1", "/Patient/1/x/y", "/$", "/_x", "//x"])
def test_unknown_address(path: str) -> None:
    with pytest.raises(NotFound):
        place_of(path, TYPES)


@pytest.mark.parametrize("path", ["/Patient/a b", "/Patient/" + "x" * 65, "/Patient/..%"])
def test_invalid_id(path: str) -> None:
    with pytest.raises(Malformed):
        place_of(path, TYPES)


def test_wrong_method_says_what_is_allowed() -> None:
    with pytest.raises(NotAllowed) as refused:
        interaction(Place("version", "Patient", "1", "2"), "PUT")
    assert refused.value.headers == {"Allow": "GET, HEAD, OPTIONS"}
