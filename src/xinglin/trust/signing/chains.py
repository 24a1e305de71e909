"""Whether a chain of certificates leads to a root that is trusted, at a moment.

RFC 5280 section 6, for the chains used here: a leaf, the issuers above it, one root.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal

from cryptography import x509

from . import certificates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Trust = Literal["good", "altered", "unknown", "expired"]


def judge(
    chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime
) -> Trust:
    """What a chain is worth; it starts with the leaf and may or may not end with the root."""
    for child, parent in itertools.pairwise(chain):
        if not certificates.issued_by(child, parent):
            return "altered"
    top = chain[-1]
    if top in roots:
        root = top
    else:
        root = next((one for one in roots if certificates.issued_by(top, one)), None)
        if root is None:
            return "altered" if any(_claims(top, one) for one in roots) else "unknown"
    whole = [*chain, root]
    return "good" if all(certificates.covers(one, at) for one in whole) else "expired"


def _claims(top: x509.Certificate, root: x509.Certificate) -> bool:
    """Whether a certificate says that this root signed it, by its name or by its key."""
    return top.issuer == root.subject or _authority(top) == _subject(root)


def _authority(certificate: x509.Certificate) -> bytes | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except (x509.ExtensionNotFound, ValueError):
        return None
    return found.value.key_identifier


def _subject(certificate: x509.Certificate) -> bytes | None:
    found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return found.value.digest
