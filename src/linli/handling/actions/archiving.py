"""Erase what was said in the sub-tasks of archived cases (归档)."""

from collections.abc import Sequence

from linli.handling.models import Task


def forget_words(*, case_ids: Sequence[int]) -> None:
    """Erase words, results and photos of the sub-tasks of these cases; who did them and when stays (归档)."""
    Task.objects.filter(case__in=case_ids).update(words="", result="", photo_ids=[])
