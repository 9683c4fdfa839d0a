"""The scope the server was told is never one that a rollback took back."""

import pytest
from django.db import connection, transaction

from linli.shared.refusals import Refused
from linli.shared.scope import EVERYTHING, Scope, acting

pytestmark = pytest.mark.django_db


def told():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('linli.everything', true), current_setting('linli.area', true)")
        return cursor.fetchone()


def look_elsewhere_and_stop():
    with transaction.atomic(), acting(Scope(area_code="999999")):
        assert told() == ("", "999999")
        raise Refused("到此为止")


def stop():
    with transaction.atomic():
        raise Refused("到此为止")


@pytest.mark.parametrize("outer", [EVERYTHING, Scope(area_code="540102")])
def test_after_a_rollback_to_a_savepoint_the_outer_scope_holds(outer):
    expected = ("on" if outer.everything else "", outer.area_code)

    with acting(outer):
        with pytest.raises(Refused):
            look_elsewhere_and_stop()
        assert told() == expected


def test_a_scope_entered_around_a_savepoint_that_is_rolled_back_still_holds_inside_it():
    with acting(EVERYTHING):
        assert told() == ("on", "")
        with acting(Scope(area_code="540102003")):
            with pytest.raises(Refused):
                stop()
            assert told() == ("", "540102003")
        assert told() == ("on", "")
