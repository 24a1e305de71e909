"""Names to sign in by: what is allowed in one, and when two are the same.

Unicode Standard Annex 15 (NFKC) and section 3.13 (default caseless matching).
"""

from __future__ import annotations

import unicodedata

from xinglin.kernel.errors import Invalid, Issue

LONGEST = 64
_REFUSED = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"))


def folded(name: str) -> str:
    """The form by which names are compared."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def checked(name: str) -> str:
    """A new name, as it is shown; raises Invalid."""
    shown = unicodedata.normalize("NFKC", name).strip()
    fits = 0 < len(shown) <= LONGEST
    if not fits or any(unicodedata.category(one) in _REFUSED for one in shown):
        raise Invalid(
            Issue(
                "value",
                f"An account name has 1 to {LONGEST} characters, no spaces or control characters.",
                f"账号名应为 1 至 {LONGEST} 个字符，不含空格与控制字符。",
                ("user",),
            )
        )
    return shown
