"""Passkeys: sign-in without a password, bound to the address of the platform.

https://www.w3.org/TR/webauthn-3/; docs/adr/0009-sign-in.md.
"""
