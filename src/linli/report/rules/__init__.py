"""The rates on plain counts, and the same counts told again from the events of a case (三率)."""

from linli.report.rules.rates import SMALL_CELL, WEIGHTS, Rate, ThreeRates, Weights, composite

__all__ = ["SMALL_CELL", "WEIGHTS", "Rate", "ThreeRates", "Weights", "composite"]
