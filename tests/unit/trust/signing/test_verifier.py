"""A verdict is only `valid` for the very bytes that were signed, by whom, and when.

spec/clinical, section 8.5: flip one byte, and it fails; an expired certificate with proof of time
passes.
"""

from __future__ import annotations

import base64
import copy
import json
import warnings
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jws as other
from joserfc.jwk import ECKey, OKPKey

from xinglin.trust.signing import provenance

from .conftest import BODY, House

if TYPE_CHECKING:
    from collections.abc import Callable


def flipped(raw: bytes, place: int, bit: int = 1) -> bytes:
    return raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :]


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_valid(house: House, algorithm: str):
    house.enrol(algorithm)
    verdict = house.verdict(house.signed(), house.revocations())
    assert verdict.outcome == "valid"
    assert verdict.en.startswith("Valid")
    assert verdict.zh.startswith("有效")
    assert verdict.asof is not None


def test_every_byte_of_the_body_counts(house: House):
    resource = house.signed()
    for place in range(len(BODY)):
        assert house.verdict(resource, body=flipped(BODY, place)).outcome == "altered"
    assert house.verdict(resource, body=BODY + b" ").outcome == "altered"


def test_every_character_of_the_signature_and_its_certificates_counts(house: House):
    resource = house.signed()
    raw = base64.b64decode(resource["signature"][0]["data"])
    for place in range(0, len(raw), 3):
        changed = copy.deepcopy(resource)
        text = flipped(raw, place)
        changed["signature"][0]["data"] = base64.b64encode(text).decode()
        assert house.verdict(changed).outcome == "altered", place
    changed = copy.deepcopy(resource)
    last = chr(raw[-1])
    near = "B" if last == "A" else "A"
    changed["signature"][0]["data"] = base64.b64encode(raw[:-1] + near.encode()).decode()
    assert house.verdict(changed).outcome == "altered"  # also where only unused bits differ


def test_every_byte_of_the_time_stamp_counts(house: House):
    resource = house.signed()
    stamp = resource["signature"][0]["extension"][0]
    raw = base64.b64decode(stamp["valueBase64Binary"])
    for place in [*range(120), *range(120, len(raw), 23)]:
        changed = copy.deepcopy(resource)
        changed["signature"][0]["extension"][0]["valueBase64Binary"] = base64.b64encode(
            flipped(raw, place, 1 << place % 8)
        ).decode()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a parser thinks of a broken certificate
            assert house.verdict(changed).outcome == "altered", place


def test_every_byte_of_the_revocation_list_counts(house: House):
    resource, raw = house.signed(), house.revocations()
    for place in range(0, len(raw), 19):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcome = house.verdict(resource, flipped(raw, place)).outcome
        assert outcome == "altered", place


def _target(resource: dict[str, Any]) -> None:
    resource["target"][0]["reference"] = "Observation/x/_history/3"


def _when(resource: dict[str, Any]) -> None:
    resource["signature"][0]["when"] = "2026-03-01T08:20:15.123Z"


def _who(resource: dict[str, Any]) -> None:
    resource["signature"][0]["who"]["reference"] = "Practitioner/wang"


def _purpose(resource: dict[str, Any]) -> None:
    resource["signature"][0]["type"][1]["code"] = "check"


def _behalf(resource: dict[str, Any]) -> None:
    resource["signature"][0]["onBehalfOf"] = {"reference": "Organization/west"}


def _second(resource: dict[str, Any]) -> None:
    resource["target"].append({"reference": "Observation/y/_history/1"})


@pytest.mark.parametrize("change", [_target, _when, _who, _purpose, _behalf, _second])
def test_what_is_said_about_it_counts(house: House, change: Callable[[dict[str, Any]], None]):
    resource = house.signed()
    change(resource)
    assert house.verdict(resource).outcome == "altered"


def test_signed_in_the_name_of_somebody_else(house: House):
    resource = house.signed(who="Practitioner/wang")
    resource["signature"][0]["who"]["reference"] = "Practitioner/wang"
    assert house.verdict(resource).outcome == "altered"


def test_expired_later_is_valid_by_the_time_stamp_alone(house: House):
    stamped, bare = house.signed(), house.signed(stamped=False)
    assert house.verdict(bare).outcome == "valid"
    assert "without a time stamp" in house.verdict(bare).en
    house.clock.advance(timedelta(days=3000))
    assert house.verdict(stamped).outcome == "valid"
    assert "expired" in house.verdict(stamped).en
    assert house.verdict(bare).outcome == "expired"


def test_signed_after_the_certificate_expired(house: House):
    house.clock.advance(timedelta(days=366))
    assert house.verdict(house.signed()).outcome == "expired"


def test_revoked_before_and_after(house: House):
    serial = house.chain[0].serial_number
    resource, at = house.signed(), house.clock.now()
    early = house.revocations((serial, at - timedelta(days=1), "keyCompromise"))
    later = house.revocations((serial, at + timedelta(days=1), "cessationOfOperation"))
    assert house.verdict(resource, early).outcome == "revoked"
    assert house.verdict(resource, later).outcome == "valid"


def test_an_authority_of_ones_own_is_unknown(house: House, tmp_path):
    from xinglin.kernel.keyring import Keyring
    from xinglin.trust.signing import Authority, Service

    authority = Authority(Keyring(tmp_path), "Elsewhere", house.clock)
    theirs = House(authority, house.clock, Service(authority.stamper, house.clock))
    theirs.enrol()
    resource = theirs.signed()
    assert theirs.verdict(resource).outcome == "valid"
    assert house.verdict(resource).outcome == "unknown"
    own_stamp = theirs.signed(stamped=False)
    assert house.verdict(own_stamp).outcome == "unknown"


@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "RS256", None, 7])
def test_algorithm_confusion(house: House, alg: Any):
    assert house.verdict(house.signed(alg=alg)).outcome == "altered"


@pytest.mark.parametrize("extra", [{"crit": ["exp"]}, {"b64": False}, {"x5c": []}, {"x5c": 7}])
def test_headers_that_change_the_meaning(house: House, extra: dict[str, Any]):
    resource = house.signed(**extra)
    assert house.verdict(resource).outcome == "altered"


@pytest.mark.parametrize("data", [None, 7, "", "%%", "YQ==", "Li4=", "YS4uYQ=="])
def test_rubbish(house: House, data: Any):
    resource = house.signed()
    resource["signature"][0]["data"] = data
    assert house.verdict(resource).outcome == "altered"


def test_without_a_signature(house: House):
    assert house.verdict({"resourceType": "Provenance"}).outcome == "unknown"


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_another_library_agrees(house: House, algorithm: str):
    house.enrol(algorithm)
    detached = provenance.data(house.signed()["signature"][0])
    header, _, signature = detached.split(".")
    content = base64.urlsafe_b64encode(BODY).rstrip(b"=").decode()
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = house.chain[0].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = (ECKey if algorithm == "ES256" else OKPKey).import_key(pem)
    rules = other.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    rules.max_header_length = 4096
    found = other.deserialize_compact(
        f"{header}.{content}.{signature}",
        key,
        algorithms=[algorithm],
        registry=rules,
    )
    assert found.payload == BODY
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == algorithm
