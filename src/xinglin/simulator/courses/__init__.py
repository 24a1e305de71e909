"""Courses of illness: each drives the visits, diagnoses, orders, results and notes of its patients.

No clause: the courses are our own, written from general medical knowledge, for invented patients.
"""

from __future__ import annotations

from importlib import import_module

from .deck import COURSES, Course, course

FAMILIES = (
    "respiratory",
    "cardiac",
    "neuro",
    "digestive",
    "endocrine",
    "renal",
    "bones",
    "birth",
    "newborns",
    "children",
    "cancer",
    "ambulatory",
    "planned",
)
for _family in FAMILIES:
    import_module(f"{__name__}.{_family}")

__all__ = ["COURSES", "FAMILIES", "Course", "course"]
