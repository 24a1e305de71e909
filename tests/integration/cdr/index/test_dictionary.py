import asyncio

from xinglin.cdr.index import Coding
from xinglin.cdr.index.dictionary import Dictionary
from xinglin.kernel.database import Database

GLUCOSE = Coding(2209, "http://loinc.org", "2339-0", -5, "glucose")
SUGAR = GLUCOSE._replace(text="blood sugar")
TEXT_ONLY = Coding(2209, "", "", -6, "grip strength")


async def test_entries_and_their_words_are_kept_once(dsn: str, db: Database) -> None:
    one, two = Dictionary(dsn), Dictionary(dsn)
    try:
        await asyncio.gather(*(d.ensure([GLUCOSE, SUGAR, TEXT_ONLY]) for d in (one, two, one)))
    finally:
        await one.close()
        await two.close()
    codes = await db.fetch("select param, code, system, k from coding")
    assert [tuple(row) for row in codes] == [(2209, "2339-0", "http://loinc.org", -5)]
    words = await db.fetch("select v, k from coding_text order by v")
    assert [tuple(row) for row in words] == [
        ("blood sugar", -5),
        ("glucose", -5),
        ("grip strength", -6),
    ]


async def test_what_no_index_entry_could_hold_is_left_out(dsn: str, db: Database) -> None:
    dictionary = Dictionary(dsn)
    await dictionary.ensure(
        [GLUCOSE._replace(code="x" * 100_000), GLUCOSE._replace(system="张" * 900)]
    )
    await dictionary.close()
    assert await db.fetchval("select count(*) from coding") == 0


async def test_a_lost_connection_is_opened_again(dsn: str, db: Database) -> None:
    dictionary = Dictionary(dsn)
    await dictionary.ensure([GLUCOSE])
    await db.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name = 'xinglin dictionary' and datname = current_database()"
    )
    await dictionary.ensure([TEXT_ONLY])
    await dictionary.close()
    assert await db.fetchval("select count(*) from coding_text") == 2
