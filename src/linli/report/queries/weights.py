"""Which weights the composite has on a day, and which it had before (权重)."""

from dataclasses import dataclass
from datetime import date

from linli.report.models import WeightsSet
from linli.report.rules import WEIGHTS, Weights


@dataclass(frozen=True, slots=True)
class WeightsBook:
    """Every version of the weights, the newest first (权重沿革)."""

    versions: list[WeightsSet]

    def on(self, day: date) -> Weights:
        """Return the weights in force on a day; the default ones before any were set (权重)."""
        found = next((version for version in self.versions if version.from_on <= day), None)
        return Weights(found.response, found.resolution, found.satisfaction) if found else WEIGHTS


def weights_book() -> WeightsBook:
    """Return every version of the weights in one statement (权重沿革)."""
    return WeightsBook(list(WeightsSet.objects.order_by("-from_on", "-pk")))
