"""Shared computers: after a full sign-in of this shift, a short PIN on that same device.

NIST SP 800-63B section 5.2.3; docs/adr/0009-sign-in.md.
"""
