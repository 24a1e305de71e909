"""The simulator's packaged tables, read once.

TOML 1.0, https://toml.io/en/v1.0.0; each file says where its facts come from.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The content of ``data/<name>.toml``."""
    path = Path(__file__).parent / "data" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
