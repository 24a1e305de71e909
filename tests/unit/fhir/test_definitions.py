"""The compiled tables against facts of the specification."""

import pytest

from xinglin.fhir import definitions


def test_the_146_resource_types_are_numbered_in_alphabetical_order():
    names = definitions.resource_types()
    assert len(names) == 146
    assert names == tuple(sorted(names))
    assert [definitions.type_number(n) for n in names] == list(range(1, 147))
    assert names[0] == "Account"
    assert not {"Resource", "DomainResource"} & set(names)


def test_a_type_that_is_none_is_a_key_error():
    with pytest.raises(KeyError):
        definitions.type_number("SubscriptionStatus")
    assert not definitions.is_resource_type("HumanName")
    with pytest.raises(KeyError):
        definitions.definition("Nonsense")


def test_every_element_has_a_type_that_exists():
    types = definitions.types()
    missing = {
        (t.name, e.name, code)
        for t in types.values()
        for e in t.elements
        for code in e.types
        if code not in types
    }
    assert missing == set()


def test_a_choice_has_one_property_a_type():
    value = definitions.element("Observation", "value")
    assert value is not None
    assert value.choice
    assert ("valueQuantity", "Quantity") in value.properties()
    assert ("valueDateTime", "dateTime") in value.properties()
    assert definitions.element("Observation", "valueQuantity") is value
    assert definitions.element("Observation", "valueMoney") is None


def test_cardinality_binding_targets_and_flags():
    status = definitions.element("Observation", "status")
    assert (status.min, status.max, status.repeats) == (1, 1, False)
    assert (status.summary, status.modifier) == (True, True)
    assert status.binding == "required"
    assert "final" in definitions.codes(status.value_set)
    subject = definitions.element("Observation", "subject")
    assert subject.targets == ("Patient", "Group", "Device", "Location")
    assert definitions.element("Observation", "category").repeats


def test_a_content_reference_is_the_type_it_names():
    assert definitions.element("Observation.component", "referenceRange").types == (
        "Observation.referenceRange",
    )
    assert definitions.element("Questionnaire.item", "item").types == ("Questionnaire.item",)


def test_constraints_stand_where_they_apply():
    assert {c.key for c in definitions.definition("Observation").constraints} >= {
        "obs-6",
        "obs-7",
        "dom-3",
    }
    assert [c.key for c in definitions.definition("Patient.contact").constraints] == ["pat-1"]
    assert [c.key for c in definitions.definition("Quantity").constraints] == ["qty-3"]
    narrative = next(c for c in definitions.definition("Patient").constraints if c.key == "dom-6")
    assert (narrative.severity, narrative.best_practice) == ("warning", True)


def test_ids_and_addresses_have_their_own_types():
    assert definitions.element("Patient", "id").types == ("id",)
    assert definitions.element("Patient.contact", "id").types == ("string",)
    assert definitions.element("Extension", "url").types == ("uri",)
    assert "decimal" in definitions.primitive_types()


def test_value_sets_without_a_list_say_so():
    assert definitions.codes("http://hl7.org/fhir/ValueSet/mimetypes") is None
    assert definitions.codes("http://hl7.org/fhir/ValueSet/resource-types") >= {"Patient", "Bundle"}
