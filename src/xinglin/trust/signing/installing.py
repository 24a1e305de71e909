"""Puts signing into an application: its operations, its room, the port for other rooms.

Design, section 2: the composition registers.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.trust.identity import log

from .authority import Authority
from .counter import Counter
from .keys import Keys
from .operations import Operations
from .service import Signing
from .timestamp import Service

if TYPE_CHECKING:
    from xinglin.cdr.operations import Registry
    from xinglin.cdr.repository import Repository
    from xinglin.kernel.keyring import Keyring
    from xinglin.kernel.settings import Settings
    from xinglin.trust.identity import Audit
    from xinglin.trust.room import Room

    from .counter import Authorise


def install(
    repository: Repository,
    registry: Registry,
    authorise: Authorise,
    keyring: Keyring,
    settings: Settings,
    *,
    audit: Audit = log,
) -> tuple[Signing, Room]:
    """The port for other rooms, and the room that answers below ``/signing``."""
    context = repository.context
    asked = settings.signing
    authority = Authority(keyring, asked.organization, context.clock)
    service = Service(authority.stamper, context.clock, keyring.folder / "tsa.time")
    keys = Keys(
        context.db,
        keyring,
        authority,
        context.clock,
        lasts=timedelta(days=asked.certificate_days),
        shift=timedelta(hours=asked.shift_hours),
    )
    signing = Signing(context, keys, service, authority.trusted)
    Operations(signing, repository).register(registry)
    counter = Counter(signing, context, authorise, service, audit)
    return signing, counter.room(settings.fhir.base_url)
