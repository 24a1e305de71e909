"""What each role may see and do: scopes, relations to patients, confidentiality, break-glass.

docs/adr/0013-policy.md; docs/howto/write-a-policy.md.
"""

from .compile import RolePolicy
from .installing import install
from .roles import Example, Role, Roles, load, shipped

__all__ = ["Example", "Role", "RolePolicy", "Roles", "install", "load", "shipped"]
