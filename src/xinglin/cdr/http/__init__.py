"""The HTTP edge of the FHIR API: addresses, headers, bodies, errors.

https://hl7.org/fhir/R4/http.html
"""
