"""Where links are found in a resource, and what they are relative to."""

from __future__ import annotations

import pytest

from xinglin.cdr.interactions import links


def found(resource):
    return sorted(site.text for site in links.find(resource))


def test_references_and_urns_wherever_they_stand():
    resource = {
        "resourceType": "Observation",
        "subject": {"reference": "urn:uuid:1"},
        "performer": [{"reference": "Practitioner?identifier=x|y"}, {"reference": "#inside"}],
        "extension": [{"url": "http://e", "valueUri": "urn:uuid:2"}],
        "instantiates": ["urn:uuid:3", "http://canonical"],
        "contained": [{"resourceType": "Device", "owner": {"reference": "urn:uuid:4"}}],
    }
    assert found(resource) == [
        "Practitioner?identifier=x|y",
        "urn:uuid:1",
        "urn:uuid:2",
        "urn:uuid:3",
        "urn:uuid:4",
    ]


def test_strings_that_look_like_links_are_left_alone():
    resource = {
        "identifier": [{"system": "http://s", "value": "urn:uuid:1"}],
        "extension": [{"valueString": "urn:uuid:1"}, {"valueCode": "urn:uuid:1"}],
        "text": {"div": "<div>no address</div>"},
    }
    assert found(resource) == []


def test_sites_can_be_set():
    resource = {"subject": {"reference": "urn:uuid:1"}, "instantiates": ["urn:uuid:2"]}
    for site in links.find(resource):
        site.holder[site.key] = "set"
    assert resource == {"subject": {"reference": "set"}, "instantiates": ["set"]}


@pytest.mark.parametrize(
    ("full_url", "text", "expected"),
    [
        ("http://x/fhir/Patient/1", "Patient/2", "http://x/fhir/Patient/2"),
        ("http://x/fhir/Patient/1", "urn:uuid:2", "urn:uuid:2"),
        ("http://x/fhir/Patient/1", "Patient?identifier=2", "Patient?identifier=2"),
        ("urn:uuid:1", "Patient/2", "Patient/2"),
        ("", "Patient/2", "Patient/2"),
    ],
)
def test_relative_references(full_url, text, expected):
    assert links.absolute(text, links.base_of(full_url)) == expected


def test_addresses_in_narrative():
    known = {"urn:uuid:1": "Patient/1"}
    text = '<a href="urn:uuid:1">x</a><img src="urn:uuid:2"/> urn:uuid:1'
    assert links.narrative(text, known.get) == (
        '<a href="Patient/1">x</a><img src="urn:uuid:2"/> urn:uuid:1'
    )
