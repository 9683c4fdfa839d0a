"""Cases are found by words in whatever was said about them, newest first, and never beyond a desk's scope."""

from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from linli.case import actions as cases
from linli.case import finding
from linli.case.models import Case, Wording, WordingMark
from linli.handling import actions as handling
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, NOTHING, Scope, acting
from linli.whistle import actions as whistles
from linli.whistle.states import WhistleKind
from tests import make
from tests.contract.test_row_security import as_application
from tests.running import wait_for

pytestmark = pytest.mark.django_db
NEXT_DOOR = "540102001002"


@pytest.fixture(autouse=True)
def _everything():
    with acting(EVERYTHING):
        yield


def found(words, **asked):
    return finding.found(words, at=make.AT, **asked)


def ids(words, **asked):
    return list(found(words, **asked).case_ids)


def indexed(**columns):
    case = make.case(**columns)
    cases.index_words(at=make.AT)
    return case


def session():
    """How to reach the same database on another connection."""
    given = connection.get_connection_params()
    return {key: given[key] for key in ("dbname", "user", "host", "port", "password") if given.get(key)}


def next_door():
    make.neighbourhood()
    make.area(NEXT_DOOR, "冲赛康社区")
    make.unit("COMMUNITY", NEXT_DOOR)


@pytest.mark.parametrize(
    "words",
    ["楼道灯", "灯坏了", "路程巷", "路程巷 楼道", "3号院", "Ｇ３１８", "g318", "灯坏了，晚上", "ཆུ"],
)
def test_a_case_is_found_by_any_stretch_of_what_was_said(words):
    case = indexed(text="楼道灯坏了，晚上看不见路。G318旁 ཆུ་ཁོལ།", address="路程巷3号院2栋")

    assert ids(words) == [case.pk]


@pytest.mark.parametrize("words", ["楼道水", "坏楼", "4号院", "路程巷 井盖", "", "，。！", "%", "'; DROP TABLE x"])
def test_a_case_is_not_found_by_what_was_not_said(words):
    indexed(text="楼道灯坏了，晚上看不见路。", address="路程巷3号院2栋")

    assert ids(words) == []


def test_a_single_character_is_looked_for_in_titles_only():
    dog = indexed(text="狗一直叫", title="狗")
    indexed(text="楼下有人养狗扰民，请来看看，谢谢，大家都很担心孩子的安全，希望能够尽快处理一下好不好", title="扰民")

    assert ids("狗") == [dog.pk]


def test_the_number_is_read_however_it_is_typed():
    case = make.case()
    spoken = f"{case.number[:4]} {case.number[4:8]}-{case.number[8:]}"

    assert finding.number_in(spoken) == case.number
    assert finding.number_in(f"编号{case.number}") == ""
    assert finding.number_in("13900000001") == ""


def test_words_of_steps_and_notes_and_of_further_residents_are_found_too():
    case, worker = make.case_in_hand()
    cases.note(case=case, post=worker, words="物业经理说周五换灯泡", at=make.later(minutes=10))
    cases.join(case=case, received=make.received(text="我家门口的感应器也不亮"), at=make.later(minutes=11))
    handling.record_step(case=case, post=worker, words="已通知电工班", at=make.later(minutes=12))
    cases.index_words(at=make.AT)

    assert [ids("物业经理"), ids("感应器"), ids("电工班"), ids("楼道灯 电工班")] == [[case.pk]] * 4


def test_the_newest_come_first_and_no_more_than_asked_with_the_rest_said():
    told = [indexed(at=make.AT - timedelta(weeks=weeks)) for weeks in (0, 30, 3)]

    all_of_them, two = found("楼道灯"), found("楼道灯", most=2)

    assert (list(all_of_them.case_ids), all_of_them.has_more) == ([told[0].pk, told[2].pk, told[1].pk], False)
    assert (list(two.case_ids), two.has_more) == ([told[0].pk, told[2].pk], True)


def test_only_open_ones_where_only_open_ones_are_asked_for():
    case, worker = make.case_in_hand()
    cases.index_words(at=make.AT)
    before = ids("楼道灯", is_open=True)
    cases.refuse(case=make.case(), post=worker, route="REPEAT", reason="重复", at=make.later(minutes=9))
    cases.index_words(at=make.AT)

    assert before == [case.pk]
    assert ids("楼道灯", is_open=True) == [case.pk]
    assert len(ids("楼道灯")) == 2


def test_words_in_the_title_outweigh_the_address_and_age():
    in_text = indexed(title="路灯", text="水管在漏", address="八廓街")
    in_address = indexed(title="坏了", text="坏了", address="水管巷")
    in_title = indexed(title="水管爆裂", text="请快来", address="八廓街")

    rows = finding.ranked(Case.objects.filter(pk__in=ids("水管")), ("水管",)).order_by("-fitness", "-pk")

    assert [(row.pk, row.fitness) for row in rows] == [(in_title.pk, 5), (in_address.pk, 3), (in_text.pk, 1)]


def test_the_steps_in_which_a_word_stands_are_brought_with_the_case():
    case, worker = make.case_in_hand()
    cases.note(case=case, post=worker, words="等备件到货", at=make.later(minutes=10))

    (by_note,), (by_text,) = (finding.with_words(Case.objects.all(), (term,)) for term in ("备件", "楼道"))

    assert ([step.words for step in by_note.hit_steps], by_text.hit_steps) == (["等备件到货"], [])


def test_without_a_scope_nothing_is_found():
    indexed()

    with as_application(NOTHING):
        assert ids("楼道灯") == []


def test_a_community_finds_its_own_area_and_not_the_next_one():
    next_door()
    mine, theirs = indexed(), indexed(area_code=NEXT_DOOR)

    with as_application(Scope(area_code=make.COMMUNITY, unit_id=999)):
        assert ids("楼道灯") == [mine.pk]
    with as_application(Scope(area_code=NEXT_DOOR, unit_id=998)):
        assert ids("楼道灯") == [theirs.pk]
    with as_application(Scope(area_code=make.DISTRICT)):
        assert set(ids("楼道灯")) == {mine.pk, theirs.pk}


def test_a_department_finds_a_case_once_it_is_called():
    case, worker = make.case_in_hand()
    unit = make.department("城管局")
    cases.index_words(at=make.AT)
    with as_application(Scope(unit_id=unit.pk)):
        before = ids("楼道灯")
    whistles.blow(
        case=case,
        post=worker,
        kind=WhistleKind.SERVICE,
        unit_ids=[unit.pk],
        lead_id=unit.pk,
        message="",
        at=make.later(minutes=10),
    )
    cases.index_words(at=make.AT)

    with as_application(Scope(unit_id=unit.pk)):
        after = ids("楼道灯")
    with as_application(Scope(unit_id=unit.pk + 1000)):
        stranger = ids("楼道灯")
    assert (before, after, stranger) == ([], [case.pk], [])


@pytest.mark.parametrize("role", [Role.COMMUNITY, Role.DEPARTMENT])
def test_the_index_itself_is_shown_to_no_desk(role):
    indexed()

    with as_application(Scope(area_code=make.COMMUNITY, unit_id=1)):
        assert Wording.objects.count() == 0
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT linli_wording('{1}', NULL, NULL, 10)")


def test_the_application_can_read_events_into_the_index():
    case = make.case()

    with as_application(EVERYTHING):
        assert cases.index_words(at=make.AT) == 1
        assert cases.index_words(at=make.AT) == 0

    assert Wording.objects.get().case_id == case.pk


def test_only_what_changed_is_read_again():
    case, worker = make.case_in_hand()
    make.case()
    cases.index_words(at=make.AT)
    cases.note(case=case, post=worker, words="等备件到货", at=make.later(minutes=10))

    assert cases.index_words(at=make.AT) == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_mark_waits_for_a_transaction_that_took_its_event_before_others():
    make.case()
    with psycopg.connect(**session()) as slow:
        taken = slow.execute("SELECT nextval('case_event_id_seq'), pg_current_xact_id()").fetchone()[0]
        make.case()
        for _round in range(4):
            cases.index_words(at=make.AT)
        meanwhile = WordingMark.objects.get().done_id

    def has_passed():
        cases.index_words(at=make.AT)
        return WordingMark.objects.get().done_id > taken

    wait_for(has_passed, 90, "the mark to pass")  # another worker's test holds the mark of the whole server back

    assert meanwhile < taken
    assert Wording.objects.count() == 2


@pytest.mark.parametrize("count", [1, 3])
def test_reading_costs_the_same_statements_however_many_cases(count):
    for _each in range(count):
        make.case()

    with CaptureQueriesContext(connection) as asked:
        cases.index_words(at=make.AT)

    assert len([one for one in asked if "SAVEPOINT" not in one["sql"] and "case_wording (" not in one["sql"]]) == 6
