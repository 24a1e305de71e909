"""The platform's API as a loader uses it: transactions that are sent until they are answered.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any, Self

import httpx
import msgspec

from xinglin.fhir import json
from xinglin.kernel.errors import Issue, Unavailable

if TYPE_CHECKING:
    from types import TracebackType

ATTEMPTS = 8
ACTING = "X-Acting-Organization"
_AGAIN = (409, 429, 502, 503, 504)
_JSON = "application/fhir+json"


class Answer:
    """Status and body of an answer."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.body = body

    @property
    def fine(self) -> bool:
        """Whether it was done."""
        return self.status < 300

    def diagnostics(self) -> str:
        """What an OperationOutcome says, on one line."""
        return diagnostics(self.body)


def diagnostics(outcome: Any) -> str:
    """The texts and places of an OperationOutcome, on one line."""
    if not isinstance(outcome, dict):
        return ""
    return "; ".join(_told(issue) for issue in outcome.get("issue", [])[:5])


def _told(issue: dict[str, Any]) -> str:
    text = issue.get("details", {}).get("text") or issue.get("diagnostics") or issue.get("code", "")
    return " ".join([*issue.get("expression", [])[:3], text])


class Server(msgspec.Struct, frozen=True):
    """Where to send, and what shows who sends (``xinglin token``).

    ``pin`` is the PEM file of the certificate of our own server, the one that is then believed.
    """

    base: str
    token: str = ""
    pin: str = ""

    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def believed(self) -> ssl.SSLContext | bool:
        """Which certificates are believed: the pinned one by itself, else those of the machine."""
        if not self.pin:
            return True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # the certificate itself is what is looked at
        context.load_verify_locations(self.pin)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context


class Client:
    """One server. ``acting`` is the reference of the institution that what is sent belongs to."""

    def __init__(self, server: Server, acting: str | None = None) -> None:
        headers = {"Content-Type": _JSON, "Accept": _JSON, "Prefer": "return=minimal"}
        headers["Accept-Encoding"] = "identity"  # on the same machine packing is work for nothing
        if acting:
            headers[ACTING] = acting
        headers |= server.headers()
        self.base = server.base.rstrip("/")
        # A transaction of 25,000 resources takes its time; a dead server is noticed all the same.
        self._http = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(600, connect=5),
            trust_env=False,
            verify=server.believed(),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def post(self, resource: dict[str, Any], path: str = "", **headers: str) -> Answer:
        """Post until there is an answer that will not change; raises Unavailable.

        Only for what may be sent twice: a broken connection does not tell whether it was done.
        """
        content = json.encode(resource)
        url = f"{self.base}{path}"
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        last = ""
        for attempt in range(ATTEMPTS):
            try:
                answer = await self._http.post(url, content=content, headers=more)
            except httpx.TransportError as error:
                last = type(error).__name__
            else:
                if answer.status_code not in _AGAIN:
                    return _answer(answer)
                last = f"{answer.status_code} {_answer(answer).diagnostics()}"
            await asyncio.sleep(0.1 * 2**attempt)
        raise Unavailable(
            Issue(
                "transient",
                f"{self.base} does not do it after {ATTEMPTS} attempts ({last}); "
                "run the same command again to go on from here",
                f"{self.base} 在 {ATTEMPTS} 次尝试后仍未完成（{last}）；再次运行同一命令即可继续",
            )
        )

    async def send(self, bundle: dict[str, Any]) -> None:
        """Carry out one transaction; raises ValueError when it is refused."""
        answer = await self.post(bundle)
        if not answer.fine:
            raise ValueError(f"{answer.status}: {answer.diagnostics()}")

    async def get(self, path: str) -> Answer:
        """Whatever is there."""
        return _answer(await self._http.get(f"{self.base}{path}"))

    async def read(self, type_: str, id_: str) -> dict[str, Any] | None:
        """One resource, or None."""
        answer = await self._http.get(f"{self.base}/{type_}/{id_}")
        return json.decode(answer.content) if answer.status_code == 200 else None


def _answer(answer: httpx.Response) -> Answer:
    kind = answer.headers.get("content-type", "")
    body = json.decode(answer.content) if answer.content and "json" in kind else {}
    return Answer(answer.status_code, body)
