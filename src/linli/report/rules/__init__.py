"""The three rates on plain counts (三率)."""

from linli.report.rules.rates import SMALL_CELL, Rate, ThreeRates

__all__ = ["SMALL_CELL", "Rate", "ThreeRates"]
