"""The patient index: many record numbers, one person.

spec/clinical.md, section 7.2; IHE ITI PIX and PDQ; HL7 FHIR R4, Patient and Patient/$match.
"""

from .model import Traits
from .room import PatientIndex
from .traits import of_patient
from .weights import Score
from .weights import compare as compare_records

__all__ = ["PatientIndex", "Score", "Traits", "compare_records", "of_patient"]
