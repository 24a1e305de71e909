"""``_total``: counted, or estimated from the newest where counting would look at very much.

HL7 FHIR 4.0.1, https://hl7.org/fhir/R4/search.html#total.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import plan
from .ir import Key, Never, Node
from .sql import Statement

if TYPE_CHECKING:
    from .query import Query
    from .run import Run

NODE_SHIFT = 41


async def total(run: Run, node: Node, query: Query) -> int | None:
    """How many match, if that was asked for."""
    wanted = query.total
    if query.count == 0 or query.summary == "count":
        wanted = wanted if wanted == "estimate" else "accurate"
    if wanted == "none":
        return None
    if isinstance(node, Never):
        return 0
    shape = plan.Shape(node)
    driver, size = await run.driver(shape, plan.LARGE, sure=False)
    if size >= plan.LARGE and wanted == "estimate":
        estimate = await _estimate(run, shape)
        if estimate is not None:
            return estimate
    return await run.one(plan.total(shape, driver if size < plan.LARGE else None))


async def _estimate(run: Run, shape: plan.Shape) -> int | None:
    """From how the newest of a key are spread, and how many of them match; None: cannot be told."""
    key = next((one for one in shape.candidates if isinstance(one, Key) and len(one.ks) == 1), None)
    if key is None:
        return None
    statement = Statement()
    k = statement.bind(key.ks[0], "::bigint")
    steps = statement.bind(plan.STEPS, "::bigint")
    hit = statement.every(shape.rest(key), "w.rid")
    text = (
        f"with w as materialized (select rid from key where k = {k} order by rid desc"
        f" limit {steps}) select count(*), count(*) filter (where {hit}), min(rid), max(rid),"
        f" (select rid from key where k = {k} order by rid limit 1) from w"
    )
    seen, hits, low, high, first = (await run.fetch(text, *statement.args))[0]
    if not seen or low == high or first >> NODE_SHIFT != high >> NODE_SHIFT:
        return None
    spread = (high - first) / (high - low)
    return round(hits * spread)
