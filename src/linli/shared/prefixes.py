"""A jurisdiction is a code prefix, and a prefix is one index range."""

from django.db.models import Q

AFTER_DIGITS = ":"  # the character after "9" in the C collation


def under(prefix: str, *, column: str = "area_code") -> Q:
    """Return the condition that a code lies under a prefix, as one range scan.

    Range operators are leakproof, LIKE is not: only the former may use an index under row-level security.
    """
    if not prefix:
        return Q()
    return Q(**{f"{column}__gte": prefix, f"{column}__lt": prefix + AFTER_DIGITS})
