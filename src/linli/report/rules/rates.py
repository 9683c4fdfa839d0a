"""The three rates on plain counts, each with its n (三率)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SMALL_CELL = 5  # k of k-anonymity: a smaller cell is not published
NAMES = ("response", "resolution", "satisfaction")


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each rate counts in the composite; together a hundred (权重)."""

    response: int = 30  # domain.md §3 (ours)
    resolution: int = 35
    satisfaction: int = 35

    def __post_init__(self) -> None:
        """Keep the promise that they make a hundred.

        Raises:
            ValueError: they do not, or one is negative.
        """
        parts = (self.response, self.resolution, self.satisfaction)
        if sum(parts) != 100 or min(parts) < 0:
            raise ValueError("the weights of the three rates make a hundred")

    @property
    def words(self) -> str:
        """Say them: 30/35/35."""
        return f"{self.response}/{self.resolution}/{self.satisfaction}"


WEIGHTS = Weights()


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
    """Response, resolution, satisfaction, the call-backs behind them, and what was left out of each, by reason."""

    response: Rate
    resolution: Rate
    satisfaction: Rate
    call_back: Rate
    exclusions: Mapping[str, int] = field(default_factory=dict)  # cases that leave all rates
    calls: Mapping[str, int] = field(default_factory=dict)  # call-backs by how they ended

    @property
    def excluded_count(self) -> int:
        """Return how many cases leave all rates."""
        return sum(self.exclusions.values())

    @property
    def case_count(self) -> int:
        """Return how many cases were opened, those left out included."""
        return self.response.n + self.excluded_count

    @property
    def composite(self) -> float | None:
        """Return the composite in percent by the default weights."""
        return self.composite_by(WEIGHTS)

    def composite_by(self, weights: Weights) -> float | None:
        """Return the weighted composite in percent over the rates that have an n (综合)."""
        return composite({name: getattr(self, name) for name in NAMES}, weights)


def composite(rates: Mapping[str, Rate], weights: Weights = WEIGHTS) -> float | None:
    """Return the weighted mean in percent; a rate without an n takes its weight away with it."""
    shares = [(getattr(weights, name), rate.share) for name, rate in rates.items() if rate.share is not None]
    total = sum(weight for weight, _share in shares)
    return (
        round(100 * sum(weight * share for weight, share in shares if share is not None) / total, 1) if total else None
    )
