"""Changes of the tree of areas (改地)."""

from linli.place.actions.areas import import_areas
from linli.place.actions.grids import import_grids
from linli.place.actions.reports import ImportRefused, ImportReport, Problem

__all__ = ["ImportRefused", "ImportReport", "Problem", "import_areas", "import_grids"]
