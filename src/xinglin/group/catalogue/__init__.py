"""The starter catalogues and the drug dictionary: data, their resources, and loaders.

docs/adr/0012-drug-dictionary.md
"""

from .checking import check
from .findings import Finding
from .loading import Report, Target, load, refused
from .prices import price
from .timing import first_day

__all__ = ["Finding", "Report", "Target", "check", "first_day", "load", "price", "refused"]
