"""What the checks of the catalogues find.

docs/adr/0012-drug-dictionary.md
"""

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """Something that does not fit together."""

    place: str
    en: str
    zh: str
