"""A synthetic district at real scale on real area codes; no real person."""
