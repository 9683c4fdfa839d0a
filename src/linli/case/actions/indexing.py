"""Read what was said about cases into the index they are found by, behind the work itself (编检索词).

Nothing is added to intakes and moves: the clock reads the events they leave. An event of a transaction that takes long
becomes visible after later ones, so the mark moves only over events of which none can still be on its way.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from linli.case.finding import OPEN_PIECE, area_pieces, unit_piece, week_piece
from linli.case.models import WordingMark
from linli.shared.batches import together
from linli.text.rules import pieces, single_pieces

BATCH = 1000
EVENTS_MAX = 4000
SECONDS = 0.5  # of a round of the clock
WORDS_MAX = 20_000
NUMBER_TAIL = 6

MARKS = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_current_xact_id()::text::bigint,
    (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM case_event_id_seq)
"""
# Cases that moved in a stretch of events and whose wording is older than their last step.
STALE = """
SELECT DISTINCT e.case_id FROM case_event e JOIN case_case c ON c.id = e.case_id
LEFT JOIN case_wording w ON w.case_id = e.case_id
WHERE e.id > %s AND e.id <= %s AND w.event_count IS DISTINCT FROM c.event_count LIMIT %s
"""
SAID = """
SELECT c.id, c.opened_at, c.event_count, c.closed_at IS NULL, c.area_code, c.number, c.title, c.address,
    ARRAY[c.owner_id, c.lead_id, c.first_receiver_id], a.text, a.external_number, j.said, e.said, e.units, e.called
FROM case_case c JOIN intake_appeal a ON a.id = c.first_appeal_id
LEFT JOIN LATERAL (
    SELECT string_agg(concat_ws(' ', o.text, o.external_number), ' ') AS said
    FROM case_joined r JOIN intake_appeal o ON o.id = r.appeal_id WHERE r.case_id = c.id
) j ON true
LEFT JOIN LATERAL (
    SELECT string_agg(concat_ws(' ', detail ->> 'words', reason), ' ') FILTER (WHERE c.archived_at IS NULL) AS said,
        array_agg(DISTINCT by_unit_id) AS units,
        jsonb_agg(detail -> 'units') FILTER (WHERE jsonb_typeof(detail -> 'units') = 'array') AS called
    FROM case_event WHERE case_id = c.id AND at >= c.opened_at - interval '1 second'
) e ON true
WHERE c.id = ANY(%s::bigint[])
"""
KEPT = """
INSERT INTO case_wording (case_id, opened_at, event_count, pieces) VALUES (%s, %s, %s, %s)
ON CONFLICT (case_id) DO UPDATE SET event_count = excluded.event_count, pieces = excluded.pieces
"""


def index_words(*, at: datetime, seconds: float = SECONDS) -> int:  # noqa: ARG001 -- every duty is told the moment
    """Bring the index up to the last event, as far as the time allows; return how many cases were read (编检索词)."""
    until = time.monotonic() + seconds
    mark, last_id = _marked()
    count = 0
    while mark.done_id < mark.whole_id and time.monotonic() < until:
        upto = min(mark.done_id + EVENTS_MAX, mark.whole_id)
        count += index_cases(case_ids=_stale(mark.done_id, upto))
        mark.done_id = upto
        mark.save()
    if mark.done_id >= mark.whole_id:
        count += index_cases(case_ids=_stale(mark.done_id, last_id, most=BATCH))
    return count


def index_cases(*, case_ids: Sequence[int]) -> int:
    """Read these cases into the index anew; repeatable; return how many there were (重编检索词)."""
    count = 0
    for start in range(0, len(case_ids), BATCH):
        batch = case_ids[start : start + BATCH]
        count += len(batch) - len(together(batch, _read, duty="index_words"))
    return count


def _read(case_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SAID, [list(case_ids)])
        cursor.executemany(KEPT, [_row(*row) for row in cursor.fetchall()])


def _marked() -> tuple[WordingMark, int]:
    """Return how far the events were read, with the mark of what is whole moved as far as it is safe."""
    mark, _made = WordingMark.objects.get_or_create(pk=1)
    with connection.cursor() as cursor:
        cursor.execute(MARKS)
        oldest_xid, own_xid, last_id = cursor.fetchone()
    if oldest_xid >= mark.waiting_xid:
        # An id is taken a moment before its transaction gets its own number: one round lies between the two.
        mark.whole_id, mark.waiting_id, mark.waiting_xid, mark.seen_id = (
            mark.waiting_id,
            mark.seen_id,
            own_xid,
            last_id,
        )
        mark.save()
    return mark, last_id


def _stale(after: int, upto: int, *, most: int = EVENTS_MAX) -> list[int]:
    if upto <= after:
        return []
    with connection.cursor() as cursor:
        cursor.execute(STALE, [after, upto, most])
        return [row[0] for row in cursor.fetchall()]


def _row(
    case_id: int,
    opened_at: datetime,
    event_count: int,
    is_open: bool,  # noqa: FBT001 -- a column
    area_code: str,
    number: str,
    title: str,
    address: str,
    units: list[int | None],
    *said: Any,
) -> tuple[Any, ...]:
    text, external_number, joined, steps, by_units, called = said
    words = " ".join((title, text, address, number, number[-NUMBER_TAIL:], external_number, joined or "", steps or ""))
    found = set(pieces(words[:WORDS_MAX]) | single_pieces(title))
    found.update(area_pieces(area_code))
    found.update(unit_piece(unit) for unit in (*units, *(by_units or ()), *_listed(called)) if unit)
    found.add(week_piece(opened_at))
    if is_open:
        found.add(OPEN_PIECE)
    return case_id, opened_at, event_count, sorted(found)


def _listed(called: Any) -> Iterator[int]:
    return (unit for units in called or () for unit in units if isinstance(unit, int))
