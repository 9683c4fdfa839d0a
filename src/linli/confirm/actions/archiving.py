"""Erase what residents said about the outcome of archived cases (归档)."""

from collections.abc import Sequence

from django.db import connection


def forget_words(*, case_ids: Sequence[int]) -> None:
    """Erase reasons and what was said in call-backs; the answers stay counted (归档)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT linli_archive_answers(%s::bigint[])", [list(case_ids)])
