"""Search parameters: what can be asked of each type, and where in a resource the answer lies.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/searchparameter-registry.html.
"""
