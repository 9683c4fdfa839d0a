"""The roster of a unit, leave and substitutes, and the ladder by which calls are told (值班、阶梯)."""
