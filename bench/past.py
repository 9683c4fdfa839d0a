"""Years of made-up cases behind a measurement, so that what is measured is measured where a district really is.

The words are those of life: a few common, many rare. Times run on to this minute whatever the number, a case a minute,
and every year of events has its partition, as the clock of the product would have made it. Filling is not what is
measured: the rows are right by construction, so keys and triggers are not asked about each of them.
"""

from datetime import UTC, datetime, timedelta

from bench import harness

COMMON = (
    "楼道灯坏了",
    "垃圾没有清运",
    "井盖松动",
    "水管漏水",
    "停电",
    "噪声扰民",
    "路面破损",
    "占道经营",
    "电梯故障",
    "暖气不热",
)
TABLES = ("intake_appeal", "case_case", "case_event")
SEQUENCES = ("intake_appeal_id_seq", "case_case_id_seq")
WORDS_TABLE = """
CREATE TABLE bench_words AS SELECT row_number() OVER () - 1 AS place, words FROM unnest(%(words)s::text[]) words;
CREATE TABLE bench_areas AS SELECT row_number() OVER (ORDER BY code) - 1 AS place, code FROM place_area
    WHERE level = 'GRID';
CREATE TABLE bench_units AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM staff_unit
    WHERE kind = 'DEPARTMENT'
"""
# The spread of words is that of a hash: the first of the list in one case of ten, the later ones ever more rarely.
FILL = """
CREATE TEMPORARY TABLE made AS
SELECT n, now() - (%(whole)s - n) * interval '1 minute' AS at, a.code AS area, u.id AS unit,
    w.words || '，' || v.words
        || CASE WHEN n %% 9973 = 0 THEN '，经幡杆歪了' WHEN n = %(first)s THEN '，第七泵站没有人' ELSE '' END
        || '。请尽快派人来看一看，谢谢。第' || n || '次反映。' AS said,
    s.words || n %% 40 + 1 || '号院' || n %% 7 + 1 || '栋' AS address
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
JOIN bench_words w ON w.place = abs(hashint8(n)) %% 10
JOIN bench_words v ON v.place = 10 + abs(hashint8(n * 31 + 7)) %% 400
JOIN bench_words s ON s.place = 410 + abs(hashint8(n * 17 + 3)) %% 200
JOIN bench_areas a ON a.place = abs(hashint8(n * 13 + 5)) %% (SELECT count(*) FROM bench_areas)
JOIN bench_units u ON u.place = abs(hashint8(n * 11 + 1)) %% (SELECT count(*) FROM bench_units);

INSERT INTO intake_appeal (id, channel, kind, received_at, title, text, language, address, datum, area_code, located_by,
    category_suggested, is_anonymous, is_confidential, external_number, fingerprint, photo_ids)
SELECT n, 'HOTLINE', 'HELP', at, '', said, 'zh-hans', address, 'WGS84', area, 'GIVEN', '0104', false, false, '',
    sha256(n::text::bytea), '{}' FROM made;

INSERT INTO case_case (id, number, state, kind, channel, category_code, title, area_code, is_outside, address, urgency,
    first_appeal_id, first_receiver_id, owner_id, lead_id, opened_at, dispatch_due_at, due_at, due_since_at,
    limit_words, limit_rule, limit_version, is_due_provisional, closed_at, close_reason, reopened_count, joined_count,
    supervision_level, moved_at, event_count, head_hash)
SELECT n, lpad(n::text, 11, '0'), CASE WHEN n %% 20 = 0 THEN 'HANDLING' ELSE 'CLOSED' END, 'HELP', 'HOTLINE',
    '0104', left(said, 30), area, false, address, 'GENERAL', n, %(owner)s, %(owner)s, unit,
    at, at, at, at, '3 working days', 'category:0104', 'lhasa-1', false,
    CASE WHEN n %% 20 = 0 THEN NULL ELSE at END, CASE WHEN n %% 20 = 0 THEN '' ELSE 'CONFIRMED' END, 0, 0, 0, at, 1,
    sha256(n::text::bytea) FROM made ORDER BY n;

INSERT INTO case_event (case_id, sequence, at, name, state_before, state_after, by_role, reason, detail, is_told, hash)
SELECT n, 1, at, 'open', '', 'DISPATCHED', 'HOTLINE', '', '{}', true, sha256(n::text::bytea) FROM made ORDER BY n;

DROP TABLE made;
"""
STEP = 250_000


def words() -> list[str]:
    """Ten common openings, four hundred endings, two hundred lanes."""
    signs = "路平安和顺康宁福祥瑞丰盛兴隆永泰长春新"
    things = ("树枝", "栏杆", "门禁", "雨棚", "车棚", "花坛", "公厕", "路灯", "电线", "围墙")
    faults = ("断了", "歪了", "漏水", "有异味", "生锈", "倒了", "松了", "堵住了", "没人管", "太暗")
    places = ("院里", "门口", "后墙", "路边")
    endings = [f"{place}{thing}{fault}" for place in places for thing in things for fault in faults]
    lanes = ["路程巷", *(f"{one}{other}巷" for one in signs for other in signs if one != other)][:200]
    return [*COMMON, *endings, *lanes]


def prepare(bench: harness.Bench, *, cases: int) -> int:
    """Bring the words and the partitions for so many cases; return the community that receives them."""
    import psycopg

    with psycopg.connect(bench.url, autocommit=True) as connection:
        for statement in WORDS_TABLE.split(";\n"):
            connection.execute(statement.replace("%(words)s", psycopg.sql.Literal(words()).as_string(connection)))
    years(bench, since=datetime.now(UTC) - timedelta(minutes=cases))
    return int(bench.sql("SELECT id FROM staff_unit WHERE kind = 'COMMUNITY' ORDER BY id LIMIT 1")[0])


def years(bench: harness.Bench, *, since: datetime) -> None:
    """Make the partitions of the events from a moment on."""
    bench.sql(
        "SELECT count(linli_event_year(year)) FROM generate_series(%s, extract(year FROM now())::int) year", since.year
    )


def fill(bench: harness.Bench, *, first: int, last: int, whole: int, owner: int) -> None:
    """Make up the cases of these numbers; number ``whole`` is opened this minute, each before it a minute earlier."""
    for start in range(first, last + 1, STEP):
        given = {"first": start, "last": min(start + STEP - 1, last), "whole": whole, "owner": owner}
        written(bench, FILL, given)
    settle(bench, TABLES, SEQUENCES)


def written(bench: harness.Bench, statements: str, given: dict[str, object]) -> None:
    """Write rows that are right by construction, in one transaction that asks nothing about them."""
    import psycopg

    with psycopg.connect(bench.url) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        for statement in statements.split(";\n\n"):
            connection.execute(statement.encode(), given)


def settle(bench: harness.Bench, tables: tuple[str, ...], sequences: tuple[str, ...]) -> None:
    """Leave the tables as years of use would: read by the vacuum, their numbers gone on."""
    for sequence in sequences:
        bench.sql(f"SELECT setval('{sequence}', (SELECT max(id) FROM {sequence.removesuffix('_id_seq')}))")  # noqa: S608 -- our own words
    for table in tables:
        bench.sql(f"VACUUM ANALYZE {table}")
    bench.sql("CHECKPOINT")
