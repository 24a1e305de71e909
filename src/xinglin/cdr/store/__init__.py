"""The SQL of the repository: rows in, rows out.

Spec of the layout: migrations/0001_core.sql.
"""
