"""Xinglin, an open information platform for a hospital group.

One clinical core (HL7 FHIR R4) that every program of the hospital shares.
"""

__version__ = "0.1.0"
