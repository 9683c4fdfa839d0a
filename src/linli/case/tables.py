"""Rows written in bulk or in one statement: the few places where the ORM would cost more than the work itself."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from psycopg import sql
from psycopg.types.json import Jsonb

Row = Mapping[str, Any]


@lru_cache(maxsize=64)
def _insert_together(tables: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    inserts = []
    for index, (table, columns) in enumerate(tables):
        names = ", ".join(f'"{column}"' for column in columns)
        places = ", ".join(["%s"] * len(columns))
        inserts.append(f'r{index} AS (INSERT INTO "{table}" ({names}) VALUES ({places}))')  # noqa: S608 -- our own names
    return f"WITH {', '.join(inserts)} SELECT 1"


def insert_together(rows: Sequence[tuple[str, Row]]) -> None:
    """Insert one row into each of several tables in one statement."""
    statement = _insert_together(tuple((table, tuple(row)) for table, row in rows))
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for _table, row in rows for value in row.values()])


def copy_rows(table: str, rows: Iterable[Row]) -> int:
    """Write many rows of one table by COPY; every row has the same columns in the same order."""
    rows = list(rows)
    if not rows:
        return 0
    columns = sql.SQL(", ").join(map(sql.Identifier, rows[0]))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))
    return len(rows)


def next_ids(*sequences: str, count: int = 1) -> list[tuple[int, ...]]:
    """Take the next ids of several sequences at once."""
    taken = ", ".join(f"nextval('{sequence}')" for sequence in sequences)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {taken} FROM generate_series(1, %s)", [count])  # noqa: S608 -- names are our own constants
        return list(cursor.fetchall())


def as_json(value: dict[str, Any]) -> Jsonb:
    """Wrap a value for a jsonb column."""
    return Jsonb(value)
