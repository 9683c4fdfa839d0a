"""Django's PostgreSQL backend, with the session's scope bound to the connection (数据范围).

The scope travels in three server settings that the row-level security policies read: ``linli.everything``,
``linli.area``, ``linli.unit``. It is sent only when it differs from what the connection already has, so that a
process that always acts in one scope pays nothing.
"""

import select
from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg.pq import TransactionStatus

from linli.shared import scope
from linli.shared.database import prepared

BIND = (
    "SELECT set_config('linli.everything', %s, false), set_config('linli.area', %s, false),"
    " set_config('linli.unit', %s, false)"
)


class DatabaseOperations(operations.DatabaseOperations):
    """Django's, for statements that the server prepared too."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """Return what was said; of a prepared statement the server keeps the words, and we say them again."""
        return super().last_executed_query(cursor, sql, params) or str(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that knows which scope the server was last told."""

    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._told: scope.Scope | None = None
        self._telling = False
        self.execute_wrappers.append(self._bind)

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor; within ``planned_once`` one whose statements the server keeps planned."""
        if name is None and prepared.is_planning():
            return prepared.PlannedCursor(self.connection)
        return super().create_cursor(name)

    def get_connection_params(self) -> dict[str, Any]:
        """Keep our own option away from libpq."""
        params: dict[str, Any] = super().get_connection_params()
        params.pop("assume_role", None)
        return params

    def init_connection_state(self) -> None:
        """Take on the application's role before anything else is said."""
        self._told = None
        super().init_connection_state()
        role = self.settings_dict["OPTIONS"].get("assume_role")
        if role:
            with self.connection.cursor() as cursor:
                cursor.execute(f'SET ROLE "{role}"')
            if not self.get_autocommit():
                self.connection.commit()

    def _bind(
        self,
        execute: Callable[..., Any],
        sql: Any,
        params: Any,
        many: bool,  # noqa: FBT001 -- Django's signature
        context: dict[str, Any],
    ) -> Any:
        wanted = scope.current()
        # In a failed transaction only a rollback may be said; the scope follows with the next statement.
        if wanted != self._told and self.connection.info.transaction_status != TransactionStatus.INERROR:
            self.connection.execute(
                BIND, ("on" if wanted.everything else "", wanted.area_code, str(wanted.unit_id or ""))
            )
            self._told = wanted
        return execute(sql, params, many, context)

    def rollback(self) -> None:
        """Roll back, and forget what the server was told: a rollback takes back set_config too."""
        try:
            super().rollback()
        finally:
            self._told = None

    def savepoint_rollback(self, sid: str) -> None:
        """Roll back to a savepoint, and forget what the server was told since."""
        try:
            super().savepoint_rollback(sid)
        finally:
            self._told = None

    def is_usable(self) -> bool:
        """See whether the server has hung up, without asking it: only then is there something to read."""
        if self.connection is None or self.connection.closed:
            return False
        line = select.poll()
        line.register(self.connection.fileno(), select.POLLIN)
        return not line.poll(0) or super().is_usable()

    def close(self) -> None:
        """Forget the scope with the connection."""
        self._told = None
        super().close()
