"""Courses of illness: each drives the visits, diagnoses, orders, results and notes of its patients.

No clause: the courses are our own, written from general medical knowledge, for invented patients.
"""

from __future__ import annotations

from . import respiratory as respiratory
from .deck import COURSES, Course, course

__all__ = ["COURSES", "Course", "course"]
