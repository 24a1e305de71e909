"""Accounts and positions, looked after by those whose position allows it.

docs/howto/accounts.md.
"""
