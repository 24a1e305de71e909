"""Which names the platform answers to: a page of elsewhere must not reach it.

A browser on this machine may be led here under another name (DNS rebinding), or made to send forms.
RFC 9110 sections 7.2 and 15.5.20 (421); Fetch standard, ``Origin``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import tls

if TYPE_CHECKING:
    from xinglin.cdr.http import Scope
    from xinglin.kernel.settings import Settings

_NAME = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?")
_KEPT = 256
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


class Hosts:
    """The names: loopback, the address listened on, the public one, those of the certificate."""

    def __init__(self, settings: Settings) -> None:
        public = urlsplit(settings.fhir.base_url).hostname
        names = {"127.0.0.1", "localhost", "::1", settings.host, *([public] if public else [])}
        names |= {one.strip() for one in settings.tls.names.split(",") if one.strip()}
        files = tls.found(settings)
        names |= set(tls.names(files) if files else ())
        self._names = {name.lower() for name in names}
        self._good: set[bytes] = set()

    def admits(self, scope: Scope) -> bool:
        """Whether the request was meant for this platform, and by a page of its own."""
        for name, value in scope["headers"]:
            if name == b"host":
                if not self._known(value):
                    return False
            elif name == b"origin" and scope["method"] not in _SAFE:
                _, mark, host = value.partition(b"://")
                if not mark or not self._known(host):
                    return False
        return True

    def _known(self, value: bytes) -> bool:
        if value in self._good:
            return True
        match = _NAME.fullmatch(value)
        if match is None or match[1].decode().strip("[]").lower() not in self._names:
            return False
        if len(self._good) < _KEPT:
            self._good.add(value)
        return True
