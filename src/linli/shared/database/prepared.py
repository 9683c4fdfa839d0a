"""Our own statements, parsed and planned once per connection: where planning costs more than the work (预备语句)."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import psycopg
from django.db import connection
from django.db.models import Model

PREPARE_FROM = 5  # any number: PreparedCursor prepares at once, but only on a connection that allows it


class _Prepares(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Execute prepared."""
        self.connection.prepare_threshold = PREPARE_FROM
        try:
            super().execute(query, params, prepare=True, **options)
        finally:
            self.connection.prepare_threshold = None  # Django's own statements are written by the client
        return self


class PreparedCursor(_Prepares, psycopg.RawCursor[Any]):
    """A cursor whose statements, with places $1 $2 …, the server parses and plans once per connection."""


class PlannedCursor(_Prepares):
    """The same for statements that Django puts together."""


_planning: ContextVar[bool] = ContextVar("planning", default=False)


@contextmanager
def planned_once() -> Iterator[None]:
    """Let the server plan the questions asked within once per connection (预备查询).

    For querysets whose every value stands beside a column that says its type: Django does not write types for others.
    """
    token = _planning.set(True)
    try:
        yield
    finally:
        _planning.reset(token)


def is_planning() -> bool:
    """Return whether questions asked now are to be planned once."""
    return _planning.get()


def run_prepared(statement: str, values: Sequence[Any]) -> None:
    """Run one of our own statements prepared, seen by Django's wrappers and query counts like any other."""
    with closing(_cursor()) as cursor:
        cursor.execute(statement, values)


def row_prepared(statement: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """Run one of our own statements prepared and return its first row, or None."""
    with closing(_cursor()) as cursor:
        cursor.execute(statement, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def hold(row: Model) -> None:
    """Lock a row until the transaction ends and read it as it is now; what it points to is read anew when asked for.

    What ``refresh_from_db`` with ``select_for_update`` does, without writing the statement anew each time. For tables
    of plain columns: what a field would convert comes as the driver gives it.

    Raises:
        ObjectDoesNotExist: there is no such row, or not in the scope of whoever asks.
    """
    model: Any = type(row)
    found = row_prepared(_held(model), (row.pk,))
    if found is None:
        raise model.DoesNotExist
    for field, value in zip(_columns(model), found, strict=True):
        if field.is_relation and field.is_cached(row):
            field.delete_cached_value(row)
        setattr(row, field.attname, value)


@cache
def _held(model: type[Model]) -> str:
    names = ", ".join(f'"{field.column}"' for field in _columns(model))
    meta = model._meta  # noqa: SLF001 -- Django's documented way
    return f'SELECT {names} FROM "{meta.db_table}" WHERE "{meta.pk.column}" = $1 FOR UPDATE'  # noqa: S608 -- our own names


def _columns(model: type[Model]) -> Sequence[Any]:
    return model._meta.concrete_fields  # noqa: SLF001 -- as above


def _cursor() -> Any:
    connection.ensure_connection()
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    prepared: Any = PreparedCursor(connection.connection)  # Django's stubs know its own cursors only
    return wrap(prepared)
