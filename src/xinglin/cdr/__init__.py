"""The clinical data repository: every clinical fact, once.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/http.html and search.html.
"""
