import pytest

from xinglin.fhir import definitions
from xinglin.fhir.search import SearchParam, parse_branch, search_parameters

PARAMS = search_parameters()


def need(type_: str, code: str) -> SearchParam:
    param = PARAMS.get(type_, code)
    assert param is not None, (type_, code)
    return param


def test_every_type_has_the_common_parameters() -> None:
    assert PARAMS.types == definitions.resource_types()
    for name in PARAMS.types:
        assert {"_id", "_lastUpdated", "_tag", "_profile", "_security", "_source"} <= set(
            PARAMS.for_type(name)
        )


def test_numbers_are_unique_and_fit_their_bits() -> None:
    seen: dict[int, tuple[str, str]] = {}
    for name in PARAMS.types:
        bits = [p.bit for p in PARAMS.for_type(name).values() if p.bit >= 0]
        assert len(bits) == len(set(bits))
        assert max(bits) <= 62
        for code, param in PARAMS.for_type(name).items():
            if code in {"_id", "_lastUpdated"}:
                continue
            assert 32 <= param.id <= 2999
            assert seen.setdefault(param.id, (name, code)) == (name, code)


def test_type_numbers_count_from_one() -> None:
    assert PARAMS.type_number("Account") == 1
    assert PARAMS.type_name(PARAMS.type_number("Patient")) == "Patient"
    with pytest.raises(KeyError):
        PARAMS.type_number("Patients")


@pytest.mark.parametrize(
    ("type_", "code", "sources"),
    [
        ("Observation", "patient", ["subject"]),
        ("Observation", "combo-code", ["code", "component-code"]),
        ("Patient", "name", ["name", "family", "given"]),
        ("Patient", "phone", ["telecom"]),
        ("Encounter", "practitioner", ["participant"]),
        ("Observation", "code", ["code"]),
    ],
)
def test_parameters_share_rows(type_: str, code: str, sources: list[str]) -> None:
    found = [PARAMS.by_id(number) for number in need(type_, code).sources]
    assert [p.code for p in found if p] == sources


def test_sources_hold_exactly_the_paths_of_the_parameter() -> None:
    for name in PARAMS.types:
        for param in PARAMS.for_type(name).values():
            if not param.paths or param.contact_system:
                continue
            held: set[str] = set()
            for number in param.sources:
                source = PARAMS.by_id(number)
                assert source is not None
                held.update(source.own)
            wanted = {str(parse_branch(path).bare) for path in param.paths}
            assert held == (wanted if param.only and not param.own else set(param.paths))


def test_patient_is_narrowed_to_patients() -> None:
    assert need("Observation", "patient").only == ("Patient",)
    assert need("Observation", "subject").only == ()


def test_bare_codes_know_their_systems() -> None:
    assert need("Patient", "gender").systems == ("http://hl7.org/fhir/administrative-gender",)


def test_every_parameter_has_a_path_or_is_known_to_have_none() -> None:
    without = {
        f"{p.type}.{p.code}"
        for name in PARAMS.types
        for p in PARAMS.for_type(name).values()
        if not p.paths and p.code not in {"_id", "_lastUpdated", "_text", "_content"}
    }
    assert without == set()


def test_a_site_can_add_its_own() -> None:
    own = SearchParam(
        id=3000, type="Patient", code="ward", kind="string", url="urn:x", expression="Patient.x"
    )
    more = PARAMS.with_custom([own])
    assert more.get("Patient", "ward") is own
    assert more.by_id(3000) is own
    assert PARAMS.get("Patient", "ward") is None
    assert more.get("Patient", "name") is need("Patient", "name")


def test_every_component_of_a_composite_has_a_path() -> None:
    for name in PARAMS.types:
        for param in PARAMS.for_type(name).values():
            if param.kind == "composite":
                assert all(component.paths for component in param.components), param


def test_what_no_index_can_hold_is_listed() -> None:
    assert len(PARAMS.lost) == 6
    assert any(line.startswith("Consent.source-reference") for line in PARAMS.lost)
