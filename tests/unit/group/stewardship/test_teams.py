"""Every role that the teams name exists, each type has one team, each rule compiles."""

from __future__ import annotations

from xinglin.fhir import path
from xinglin.fhir.definitions import resource_types
from xinglin.group.stewardship import quality, teams
from xinglin.trust.policy import shipped


def test_roles_and_types_exist():
    roles = {role.code for role in shipped()}
    for team in teams.teams().values():
        assert {*team.review, *team.publish} <= roles
        assert set(team.types) <= set(resource_types())
    assert len(set(teams.types())) == len(teams.types())


def test_whoever_publishes_can_be_another_than_who_reviews():
    for team in teams.teams().values():
        assert len({*team.review, *team.publish}) > 1


def test_rules_compile():
    for type_ in teams.types():
        for rule in quality.rules(type_):
            path.compile(rule.path)
