"""Invented populations whose records are written badly: for training and testing the patient index.

P. Christen, A. Pudjijono (2009), Accurate Synthetic Generation of Realistic Personal Information.
Every truth is known, as each record says which person it is of; the same seed gives the same bytes.
"""

from .chinese import population as chinese
from .human import Human, Record
from .negatives import negatives
from .western import population as western

__all__ = ["Human", "Record", "chinese", "negatives", "western"]
