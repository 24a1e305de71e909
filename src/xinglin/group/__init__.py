"""The hospital group: organisations, staff, catalogues, the drug dictionary, the patient index.

Design, section 2; spec/clinical.md, section 7.
"""
