"""The three rates on plain counts, each with its n (三率)."""

from collections.abc import Mapping
from dataclasses import dataclass

# domain.md §3 (ours): the weights of the composite.
WEIGHTS = {"response": 30, "resolution": 35, "satisfaction": 35}
SMALL_CELL = 5  # k of k-anonymity: a smaller cell is not published


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its numerator and its n; no share when nothing was counted."""

    met: int
    n: int

    @property
    def share(self) -> float | None:
        """Return the share between 0 and 1, or nothing when n is 0."""
        return self.met / self.n if self.n else None

    @property
    def percent(self) -> float | None:
        """Return the share in percent, one decimal."""
        return None if self.share is None else round(100 * self.share, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeRates:
    """Response, resolution, satisfaction, and what was left out of each."""

    response: Rate
    resolution: Rate
    satisfaction: Rate
    call_back: Rate
    excluded_count: int

    @property
    def composite(self) -> float | None:
        """Return the weighted composite in percent over the rates that have an n."""
        return composite({"response": self.response, "resolution": self.resolution, "satisfaction": self.satisfaction})


def composite(rates: Mapping[str, Rate], weights: Mapping[str, int] = WEIGHTS) -> float | None:
    """Return the weighted mean in percent; a rate without an n takes its weight away with it."""
    shares = [(weights[name], rate.share) for name, rate in rates.items() if rate.share is not None]
    total = sum(weight for weight, _share in shares)
    return (
        round(100 * sum(weight * share for weight, share in shares if share is not None) / total, 1) if total else None
    )
