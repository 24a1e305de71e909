"""Roles as data: what is wrong is told, and the page is what the data say."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from xinglin.cli_policy import app
from xinglin.kernel.errors import Malformed
from xinglin.trust.policy import derivation, guardians, load, roles_page, shipped

ROOT = Path(__file__).parents[4]
CONTRACT = """outpatient-doctor ward-doctor head-of-department nurse head-nurse pharmacist drug-store
iv-admixture laboratory imaging blood-bank milk-room theatre emergency trainee bed-manager
registration cashier price-office insurance-office medical-affairs nursing-department
infection-control record-room quality research group-administrator campus-administrator auditor
privacy-officer patient guardian external-institution machine operator"""
ROLE = """
code = "mine"
version = "1"
name = { zh = "我的", en = "Mine" }
description = { zh = "我的", en = "Mine" }
"""


def test_every_role_is_there():
    assert {role.code for role in shipped()} == set(CONTRACT.split())


def test_every_role_speaks_both_languages():
    for role in shipped():
        for text in (role.name, role.description, *(one.text for one in role.examples)):
            assert text.zh
            assert text.en
            assert not text.zh.isascii()
            assert text.en.isascii()


def test_nobody_but_the_operator_deletes():
    for role in shipped():
        assert all("d" not in one.scope.letters for one in shipped().limited(role.code)), role.code


def test_only_the_audit_roles_read_the_audit():
    readers = {
        role.code
        for role in shipped()
        for one in shipped().limited(role.code)
        if one.scope.type in {"AuditEvent", "*"}
    }
    assert readers == {"auditor", "privacy-officer"}


def test_no_role_reads_notes_of_the_whole_group():
    types = {"Composition", "Observation", "Condition", "DocumentReference", "MedicationRequest"}
    for role in shipped():
        for one in shipped().limited(role.code):
            assert one.relation != "group" or one.scope.type not in types, role.code


def test_the_page_is_what_the_data_say():
    written = (ROOT / "docs" / "reference" / "roles.md").read_text(encoding="utf-8")
    assert written == roles_page.page(), "run `make docs`"


def test_a_site_adds_and_replaces_roles(tmp_path: Path):
    (tmp_path / "mine.toml").write_text(ROLE, encoding="utf-8")
    changed = ROLE.replace('"mine"', '"cashier"')
    (tmp_path / "cashier.toml").write_text(changed, encoding="utf-8")
    found = load(tmp_path)
    mine, cashier = found.get("mine"), found.get("cashier")
    assert mine is not None
    assert cashier is not None
    assert cashier.name.en == "Mine"
    assert found.limited("mine") == ()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("[[grants]]\nrelation = 'own-patients'\nscopes = ['user/Patient.sr']", "Patient.sr"),
        ("[[grants]]\nrelation = 'friends'", "relation"),
        ("[[grants]]\nrelation = 'group'\nsets = ['nothing']", "nothing"),
        ("bundles = ['nothing']", "nothing"),
        ("hidden = ['Patient.nothing']", "Patient.nothing"),
        ("colour = 'red'", "colour"),
        ("code", "mine.toml"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, more: str, told: str):
    (tmp_path / "mine.toml").write_text(ROLE + more, encoding="utf-8")
    with pytest.raises(Malformed, match=told):
        load(tmp_path)


def test_a_role_is_in_the_file_of_its_name(tmp_path: Path):
    (tmp_path / "other.toml").write_text(ROLE, encoding="utf-8")
    with pytest.raises(Malformed, match=r"other\.toml"):
        load(tmp_path)


def test_roles_are_listed(tmp_path: Path):
    run = CliRunner()
    every = run.invoke(app, ["roles", "--data", str(tmp_path)], env={"COLUMNS": "200"})
    assert every.exit_code == 0
    assert "ward-doctor" in every.stderr
    one = run.invoke(app, ["roles", "cashier", "--data", str(tmp_path)], env={"COLUMNS": "200"})
    assert one.exit_code == 0
    assert "user/ChargeItem.rus" in one.stderr
    assert run.invoke(app, ["roles", "nobody", "--data", str(tmp_path)]).exit_code == 1


SAYS = derivation.TYPES | guardians.TYPES
KNOWN = {("emergency", "Encounter"), ("emergency", "Patient")}
"""A visit to the emergency department begins there, of an unknown person if need be."""


def test_who_reads_charts_cannot_bring_a_patient_to_himself():
    """What makes a patient one's own is written only for those who already are."""
    for role in shipped():
        found = shipped().limited(role.code)
        if not any(
            one.relation == "own-patients" and one.scope.type == "Composition" for one in found
        ):
            continue
        writes = {
            (role.code, one.scope.type)
            for one in found
            if one.relation != "own-patients"
            and one.scope.type in SAYS
            and {"c", "u"} & set(one.scope.letters)
        }
        assert writes <= KNOWN
