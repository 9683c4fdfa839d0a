"""Fixtures every test may use; the database comes from linli.runtime.throwaway (addopts in pyproject.toml)."""
