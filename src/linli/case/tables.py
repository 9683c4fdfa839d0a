"""Rows written in bulk or in one statement: the few places where the ORM would cost more than the work itself."""

import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from functools import lru_cache
from itertools import count
from typing import Any

import orjson
from django.db import connection, transaction
from psycopg import sql
from psycopg.types.json import Jsonb

from linli.shared.database.prepared import run_prepared

Row = Mapping[str, Any]
NOTHING_FIXED: Row = {}

BUSY_SECONDS = 1.0
BLOCK_MAX = 64


@lru_cache(maxsize=64)
def _insert_together(tables: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, Any], ...]], ...]) -> str:
    inserts = []
    place = count(1)
    for index, (table, columns, fixed) in enumerate(tables):
        names = ", ".join(f'"{column}"' for column in [*columns, *(column for column, _value in fixed)])
        values = ", ".join([f"${next(place)}" for _column in columns] + [_literal(value) for _column, value in fixed])
        inserts.append(f'r{index} AS (INSERT INTO "{table}" ({names}) VALUES ({values}))')  # noqa: S608 -- our own names
    return f"WITH {', '.join(inserts)} SELECT 1"


def _literal(value: Any) -> str:
    return sql.Literal(value).as_string(connection.connection)


def insert_together(rows: Mapping[str, Row], *, fixed: Mapping[str, Row] = NOTHING_FIXED) -> None:
    """Insert one row into each of several tables in one statement: all or none, also outside a transaction.

    ``fixed`` are columns whose values are the same in every row of a table; they become part of the statement.
    """
    connection.ensure_connection()
    statement = _insert_together(
        tuple((table, tuple(row), tuple(fixed.get(table, NOTHING_FIXED).items())) for table, row in rows.items())
    )
    values = [value for row in rows.values() for value in row.values()]
    # Inside a transaction a failed statement would spoil it for the caller; alone it is its own transaction.
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        run_prepared(statement, values)


def copy_rows(table: str, rows: Iterable[Row], *, fixed: Row = NOTHING_FIXED) -> int:
    """Write many rows of one table; every row has the same columns in the same order; inside a transaction.

    PostgreSQL takes no COPY into a table under row-level security, so the rows go by COPY into a temporary table, and
    from there through the policies.
    """
    rows = list(rows)
    if not rows:
        return 0
    target, draft = sql.Identifier(table), sql.Identifier(f"draft_{table}")
    columns, others = (sql.SQL(", ").join(map(sql.Identifier, names)) for names in (rows[0], [*rows[0], *fixed]))
    values = sql.SQL(", ").join([columns, *map(sql.Literal, fixed.values())])
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE IF NOT EXISTS {draft} ON COMMIT DROP AS SELECT {columns} FROM {target} LIMIT 0"
            ).format(draft=draft, columns=columns, target=target)
        )
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(draft, columns)) as copy:
            for row in rows:
                copy.write_row(tuple(row.values()))
        cursor.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(target, others, values, draft))
        cursor.execute(sql.SQL("DROP TABLE {}").format(draft))
    return len(rows)


def next_ids(*sequences: str, count: int = 1) -> list[tuple[int, ...]]:
    """Take the next ids of several sequences at once."""
    taken = ", ".join(f"nextval('{sequence}')" for sequence in sequences)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {taken} FROM generate_series(1, %s)", [count])  # noqa: S608 -- names are our own constants
        return list(cursor.fetchall())


class _Blocks:
    """Ids taken ahead while appeals come in fast: one statement for many; taken singly when they come slowly."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: dict[tuple[Any, ...], deque[tuple[int, ...]]] = {}
        self._sizes: dict[tuple[Any, ...], tuple[int, float]] = {}

    def take(self, sequences: tuple[str, ...]) -> tuple[int, ...]:
        whose = (os.getpid(), connection.settings_dict["NAME"], sequences)
        with self._lock:
            block = self._blocks.setdefault(whose, deque())
            if block:
                return block.popleft()
            size = self._next_size(whose)
        first, *others = next_ids(*sequences, count=size)
        with self._lock:
            block.extend(others)
        return first

    def _next_size(self, whose: tuple[Any, ...]) -> int:
        size, taken_at = self._sizes.get(whose, (1, -BUSY_SECONDS))
        now = time.monotonic()
        size = min(size * 2, BLOCK_MAX) if now - taken_at < BUSY_SECONDS else 1
        self._sizes[whose] = size, now
        return size


_blocks = _Blocks()


def take_ids(*sequences: str) -> tuple[int, ...]:
    """Take one id of each sequence; under load from a block this process holds. A stop leaves a gap, never a repeat."""
    return _blocks.take(sequences)


def as_json(value: dict[str, Any]) -> Jsonb:
    """Wrap a value for a jsonb column."""
    return Jsonb(value, dumps=orjson.dumps)
