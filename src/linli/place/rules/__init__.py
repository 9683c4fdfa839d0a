"""Decisions about places on plain values: codes, datums, shapes, addresses (地的规则)."""

from linli.place.rules.codes import Level, ancestors, fits, from_official, level_of, parent
from linli.place.rules.datum import Datum, from_cgcs2000, to_cgcs2000

__all__ = ["Datum", "Level", "ancestors", "fits", "from_cgcs2000", "from_official", "level_of", "parent", "to_cgcs2000"]
