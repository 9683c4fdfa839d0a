"""Rows written in bulk or in one statement: the few places where the ORM would cost more than the work itself."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

import orjson
from django.db import connection, transaction
from psycopg import sql
from psycopg.types.json import Jsonb

from linli.shared.database.prepared import run_prepared

Row = Mapping[str, Any]
NOTHING_FIXED: Mapping[str, Any] = {}

BUSY_SECONDS = 1.0
BLOCK_MAX = 64

CREATE_DRAFT = "CREATE TEMPORARY TABLE {draft} ON COMMIT DROP AS SELECT {columns} FROM {target} LIMIT 0"
COPY_DRAFT = "COPY {draft} ({columns}) FROM STDIN"
INSERT_DRAFT = "INSERT INTO {target} ({all}) SELECT {values} FROM {draft}; DROP TABLE {draft}"


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


def copy_rows(table: str, rows: Iterable[Row], *, fixed: Row = NOTHING_FIXED) -> None:
    """Write many rows of one table; every row has the same columns in the same order; inside a transaction."""
    copy_together({table: list(rows)}, fixed={table: fixed})


def copy_together(
    rows: Mapping[str, Sequence[Row]],
    *,
    fixed: Mapping[str, Row] = NOTHING_FIXED,
    meanwhile: Callable[[], object] | None = None,
) -> None:
    """Write many rows of several tables, in the order given; inside a transaction.

    PostgreSQL takes no COPY into a table under row-level security, so the rows go by COPY into temporary tables, and
    from there through the policies. While the server does the latter, ``meanwhile`` runs here; what it asks the
    database on this connection waits until the rows are written.
    """
    drafts = [_Draft.of(table, those, fixed.get(table, NOTHING_FIXED)) for table, those in rows.items() if those]
    if not drafts:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("; ").join(draft.create for draft in drafts))
        for draft in drafts:
            with cursor.copy(draft.copy) as copy:
                for row in draft.rows:
                    copy.write_row(row)
    # References are checked here and not at the commit, so that this too goes on meanwhile.
    _execute_beside(
        sql.SQL("; ").join([*(draft.insert for draft in drafts), sql.SQL("SET CONSTRAINTS ALL IMMEDIATE")]), meanwhile
    )


def _execute_beside(statement: sql.Composable, meanwhile: Callable[[], object] | None) -> None:
    """Execute on this thread's connection while this thread does something else; psycopg lets one wait for another."""
    if meanwhile is None:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        return
    with closing(connection.connection.cursor()) as cursor, ThreadPoolExecutor(1, "beside") as beside:
        written = beside.submit(cursor.execute, statement)
        try:
            meanwhile()
        finally:
            with connection.wrap_database_errors:
                written.result()


@dataclass(frozen=True, slots=True)
class _Draft:
    """Rows on their way into a table: what differs goes by COPY, what is the same in all of them stands in words."""

    create: sql.Composable
    copy: sql.Composable
    insert: sql.Composable
    rows: Iterable[tuple[Any, ...]]

    @classmethod
    def of(cls, table: str, rows: Sequence[Row], fixed: Row) -> "_Draft":
        key, *others = zip(rows[0], zip(*(row.values() for row in rows), strict=True), strict=True)
        same = {name: cells[0] for name, cells in others if cells.count(cells[0]) == len(cells)} | dict(fixed)
        differing = [key, *(column for column in others if column[0] not in same)]
        names, values = _listed(name for name, _cells in differing), sql.SQL(", ").join(map(sql.Literal, same.values()))
        words = {
            "target": sql.Identifier(table),
            "draft": sql.Identifier(f"draft_{table}"),
            "columns": names,
            "all": _listed([*(name for name, _cells in differing), *same]),
            "values": sql.SQL(", ").join([names, values]) if same else names,
        }
        create, copy, insert = (sql.SQL(each).format(**words) for each in (CREATE_DRAFT, COPY_DRAFT, INSERT_DRAFT))
        return cls(create, copy, insert, zip(*(cells for _name, cells in differing), strict=True))


def _listed(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


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
