"""The R4 language: definitions, data types, JSON, paths, search parameters, validation.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/.
"""
