"""Households and residents for those who look after them; the resident's own record."""
