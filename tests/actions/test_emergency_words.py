"""Words that mean: call 119, 120, 110 or 122 first; an administrator changes them, every list is kept."""

import pytest
from django.db import DatabaseError, transaction

from linli.shared.models import AuditEntry
from linli.shared.refusals import Conflict, Refused
from linli.shared.scope import EVERYTHING
from linli.text import actions, queries
from linli.text.models import EmergencyList
from tests import make
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh():
    queries.forget()
    yield
    queries.forget()


def heard(said):
    return [alarm.number for alarm in queries.alarms_in(said)]


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("楼上着火了，冒浓烟", ["119"]),
        ("家里有煤气味，老人晕倒了", ["119", "120"]),
        ("有人持刀，已经有人受伤", ["120", "110"]),
        ("路口发生车祸", ["122"]),
        ("There is a GAS LEAK", ["119"]),
        ("ང་ཚོའི་ཁང་པར་མེ་ཤོར།", ["119"]),
        ("煤气费怎么交", []),
        ("煤气费交了还有煤气味", ["119"]),
        ("楼道灯坏了", []),
        ("", []),
    ],
)
def test_the_words_name_whom_to_call(said, numbers):
    assert heard(said) == numbers


def set_words(number="119", words=("火灾", "沼气"), version=0, **more):
    return actions.set_emergency_words(number=number, words=words, version=version, at=make.AT, **more)


def test_a_list_changed_is_used_at_once_and_the_earlier_ones_stay():
    set_words(words=["火灾", "沼气"], reason="农村户")
    set_words(words=["沼气"], version=1)

    assert (heard("沼气池漏了"), heard("火灾")) == (["119"], [])
    assert [(row.version, row.words) for row in queries.emergency_versions("119")] == [
        (2, ["沼气"]), (1, ["火灾", "沼气"]),
    ]  # fmt: skip
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.verb, entry.detail["removed"], entry.detail["version"]) == ("set_emergency_words", ["火灾"], 2)


@pytest.mark.parametrize(
    ("number", "words"),
    [("119", []), ("119", ["火"]), ("119", ["长" * 21]), ("114", ["查号"]), ("119", [f"词{n}" for n in range(300)])],
)
def test_a_list_that_makes_no_sense_is_refused_and_nothing_is_written(number, words):
    with pytest.raises(Refused):
        set_words(number=number, words=words)

    assert (EmergencyList.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_a_list_somebody_changed_first_is_not_overwritten():
    set_words()

    with pytest.raises(Conflict):
        set_words(words=["别的词"])

    assert EmergencyList.objects.count() == 1


def test_no_list_is_ever_changed():
    set_words()

    with as_application(EVERYTHING), pytest.raises(DatabaseError), transaction.atomic():
        EmergencyList.objects.update(version=9)


def test_a_sentence_costs_no_statement_once_the_words_are_read(django_assert_num_queries):
    heard("火灾")

    with django_assert_num_queries(0):
        heard("楼道灯坏了")
