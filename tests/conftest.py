"""Fixtures every test may use; the database itself comes from linli.runtime.throwaway (see addopts in pyproject.toml)."""
