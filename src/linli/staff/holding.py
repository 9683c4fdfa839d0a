"""Keep a unit in use while work is given to it: nobody closes it in between (在用)."""

from collections.abc import Iterable

from django.db import connection

from linli.shared.refusals import Refused
from linli.staff import queries as staff

IN_USE = "SELECT id FROM staff_unit WHERE id = ANY(%s) AND is_active ORDER BY id FOR SHARE"


def keep_in_use(unit_ids: Iterable[int]) -> None:
    """Keep units in use until the transaction that gives them work ends.

    Raises:
        Refused: one was closed a moment ago, and this process had not heard of it.
    """
    wanted = sorted(set(unit_ids))
    with connection.cursor() as cursor:
        cursor.execute(IN_USE, [wanted])
        found = {row[0] for row in cursor.fetchall()}
    for gone in [pk for pk in wanted if pk not in found][:1]:
        raise Refused("“%(unit)s”刚停用了，请另选一个单位。", unit=staff.unit(gone).name)
