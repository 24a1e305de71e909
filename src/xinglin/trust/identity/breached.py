"""A sorted file of SHA-1 hashes of known passwords, searched by halving: any size, no memory.

The form of the downloadable lists: one upper-case hash a line, with ``:count`` or without.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_DIGITS = 40


def contains(file: Path, password: str) -> bool:
    """Whether the file has it; OSError where it cannot be read."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        low, high = 0, os.fstat(lines.fileno()).st_size
        while low < high:
            middle = (low + high) // 2
            lines.seek(max(middle - 1, 0))
            if middle:
                lines.readline()  # to the first line that begins at the middle or after it
            begins = lines.tell()
            line = lines.readline() if begins < high else b""
            found = line[:_DIGITS].upper()
            if line and found == wanted:
                return True
            if line and found < wanted:
                low = begins + len(line)
            else:
                high = middle
    return False
