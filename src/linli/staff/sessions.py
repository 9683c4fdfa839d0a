"""Sessions that are read together with the account they belong to: one statement for both (会话)."""

from functools import cache
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from linli.shared.database.prepared import row_prepared
from linli.staff.models import Account

REMEMBERED_MAX = 20_000
_whose: dict[str, int] = {}  # whose a session was when this process last read it: a guess, never believed


class SessionStore(db.SessionStore):
    """Django's sessions in the database; ``account`` is whom this one belongs to, where the guess was right."""

    account: Account | None = None

    def load(self) -> dict[str, Any]:
        """Read the session, and with it the account it belonged to the last time."""
        key = self.session_key or ""
        found = row_prepared(_statement(), (key, _whose.get(key, 0)))
        if found is None:
            self._session_key = None
            return {}
        told: dict[str, Any] = self.decode(found[0])
        whose = str(told.get(SESSION_KEY, ""))
        if found[1] is not None and str(found[1]) == whose:
            self.account = Account.from_db("default", _fields(), found[1:])
        elif whose.isdigit():
            if len(_whose) >= REMEMBERED_MAX:
                _whose.clear()
            _whose[key] = int(whose)
        return told

    def flush(self) -> None:
        """Forget the account with everything else."""
        self.account = None
        super().flush()


@cache
def _fields() -> list[str]:
    return [field.attname for field in Account._meta.concrete_fields]  # noqa: SLF001 -- Django's documented way


@cache
def _statement() -> str:
    columns = ", ".join(f'a."{field.column}"' for field in Account._meta.concrete_fields)  # noqa: SLF001 -- as above
    return (
        f"SELECT s.session_data, {columns} FROM django_session s LEFT JOIN staff_account a ON a.id = $2 "  # noqa: S608 -- our own names
        "WHERE s.session_key = $1 AND s.expire_date > now()"
    )
