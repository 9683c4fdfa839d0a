"""Fixtures every test may use; the database comes from linli.runtime.throwaway (addopts in pyproject.toml)."""

import pytest


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Let no test see units, posts or rules that another one remembered."""
    from linli.people import queries as people
    from linli.place import queries as place
    from linli.place.queries import atlas
    from linli.staff import queries as staff

    staff.forget()
    people.forget()
    place.forget()
    atlas.CHECK_SECONDS = 3600.0  # the look once a second would make counts of statements uncertain


def pytest_configure():
    """Hash passwords cheaply: the real hash costs a tenth of a second each, on purpose."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
