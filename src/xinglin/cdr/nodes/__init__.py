"""Several nodes: what one wrote is carried to the others, and the right to write moves.

docs/adr/0001-nodes.md.
"""

from __future__ import annotations

from .parcel import Parcel, Version, pack
from .receive import Received, Receiver
from .transfer import transfer

__all__ = ["Parcel", "Received", "Receiver", "Version", "pack", "transfer"]
