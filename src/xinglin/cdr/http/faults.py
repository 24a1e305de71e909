"""From an exception to a status and an OperationOutcome, once for the whole API.

https://hl7.org/fhir/R4/http.html#Status-Codes; https://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import structlog

from xinglin.fhir import json, outcome
from xinglin.kernel.errors import Conflict, Issue, Refusal, Unavailable

from .message import Response

if TYPE_CHECKING:
    from .headers import Lang

_log = structlog.get_logger()

_DOWN = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says that was cut between two messages
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
)
_RACE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)


def _unavailable() -> Unavailable:
    return Unavailable(
        Issue(
            "transient",
            "The database does not answer now; try again shortly",
            "数据库暂时无法应答；请稍后再试",
        ),
        headers={"Retry-After": "2"},
    )


def _race() -> Conflict:
    return Conflict(
        Issue(
            "conflict",
            "Another request changed the same data at the same time; read it again and repeat",
            "同一数据正被另一请求修改；请重新读取后重试",
        )
    )


def refusal_of(error: Exception) -> Refusal | None:
    """What an exception means to the caller; None when it is our own fault."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, asyncpg.QueryCanceledError):
        return None
    if isinstance(error, _RACE):
        return _race()
    return _unavailable() if isinstance(error, _DOWN) else None


def code_of(error: Exception) -> str:
    """The issue type of the first thing that is wrong."""
    refusal = refusal_of(error)
    return refusal.issues[0].code if refusal and refusal.issues else "exception"


def response_of(error: Exception, lang: Lang, request_id: str) -> Response:
    """The answer to a request that failed; nothing of the inside is shown."""
    refusal = refusal_of(error)
    if refusal is None:
        _log.error("request failed", request=request_id, exc_info=error)
        issue = Issue(
            "exception",
            f"The platform failed; the log knows this request as {request_id}",
            f"平台出错；日志中的请求编号为 {request_id}",
            severity="fatal",
        )
        return Response(500, json.encode(outcome.operation_outcome((issue,), lang)))
    if refusal.status >= 500:
        _log.warning("unavailable", request=request_id, error=type(error).__name__)
    headers = [(k.lower().encode(), v.encode()) for k, v in refusal.headers.items()]
    return Response(
        refusal.status, json.encode(outcome.operation_outcome(refusal.issues, lang)), headers
    )
