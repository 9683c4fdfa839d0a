"""A trouble on the way of a press stands on the duty desk once, is counted, and goes when it is over."""

import pytest

from linli.call import actions as calls
from linli.call import queries
from linli.call.models import Trouble
from linli.call.rules.troubles import TroubleKind
from linli.shared.scope import EVERYTHING
from tests import make, make_call
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db


def in_trouble(seconds=0, **given):
    calls.in_trouble(**{"kind": TroubleKind.DENIED, "topic": "密钥不对", "at": make.later(seconds=seconds)} | given)


def test_a_flood_is_one_row_that_is_counted():
    with as_application(EVERYTHING):
        in_trouble(words="B1")
        in_trouble(5, words="B2", count=7)

    row = Trouble.objects.get()
    assert (row.count, row.words, row.opened_at, row.seen_at) == (8, "B2", make.AT, make.later(seconds=5))


def test_what_is_over_goes_and_comes_back_as_another_row():
    in_trouble()
    in_trouble(topic="没有登记的设备", seconds=50)

    taken = calls.out_of_trouble(kind=TroubleKind.DENIED, at=make.later(seconds=60), quiet_since=make.later(seconds=30))
    in_trouble(70)

    assert taken == 1
    assert list(Trouble.objects.order_by("pk").values_list("topic", "cleared_at")) == [
        ("密钥不对", make.later(seconds=60)),
        ("没有登记的设备", None),
        ("密钥不对", None),
    ]


def test_words_that_are_too_long_are_cut():
    in_trouble(words="B" * 300, topic="T" * 300)

    row = Trouble.objects.get()
    assert (len(row.words), len(row.topic)) == (200, 80)


@pytest.mark.parametrize("state", ["IN_STOCK", "HANDED_OUT", "RETIRED"])
def test_a_device_of_any_state_has_its_credentials(state):
    row = make_call.device("B01", state=state)
    make_call.device("B02")

    assert [(c.serial, c.secret_hash) for c in queries.credentials(["B01", "B09"])] == [("B01", row.secret_hash)]
    assert [c.serial for c in queries.credentials()] == ["B01", "B02"]
