"""Erase what was said with the whistles of archived cases (归档)."""

from collections.abc import Sequence

from linli.whistle.models import Called, Whistle


def forget_words(*, case_ids: Sequence[int]) -> None:
    """Erase messages, answers and photos of the whistles of these cases; who came and when stays (归档)."""
    Whistle.objects.filter(case__in=case_ids).update(message="")
    Called.objects.filter(case__in=case_ids).update(words="", photo_ids=[])
