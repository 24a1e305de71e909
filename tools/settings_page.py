"""Writes docs/reference/settings.md.

Design, section 6, rule 10.
"""

from __future__ import annotations

from pathlib import Path

from xinglin.kernel.settings_page import page

if __name__ == "__main__":
    target = Path(__file__).parents[1] / "docs" / "reference" / "settings.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(), encoding="utf-8")
    print(f"wrote {target.name}")
