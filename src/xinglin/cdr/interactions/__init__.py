"""The interactions of the RESTful API, one a file.

https://hl7.org/fhir/R4/http.html
"""
