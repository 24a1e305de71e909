"""An operator's own formulary: read from a spreadsheet, compared, and applied as a whole.

docs/howto/load-a-formulary.md
"""

from .difference import Change, Kind, Preview, apply, preview
from .reading import Read, read

__all__ = ["Change", "Kind", "Preview", "Read", "apply", "preview", "read"]
