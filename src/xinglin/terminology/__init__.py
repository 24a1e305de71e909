"""Code systems, value sets and concept maps.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/terminology-service.html.
"""
