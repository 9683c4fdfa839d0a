"""Outside bodies are asked by a link of its own, reminded, answer without an account, and never hold a case."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from linli.case import chains
from linli.case.models import Case, Event
from linli.handling import actions as handling
from linli.notice import actions as notices
from linli.notice.models import Notice
from linli.notice.rules import Channel
from linli.outside import actions as outside
from linli.outside import queries
from linli.outside.models import Asked
from linli.outside.rules import asked_of
from linli.people import actions as people
from linli.people.models import ContactPoint, Look
from linli.people.queries import ways_of
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.shared.scope import NOTHING, Scope
from tests import make, make_notice
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db
LOCAL = {"OUTGOING_NETWORKS": make_notice.LOCAL, "OUTGOING_HTTP": True, "PUBLIC_URL": "https://linli.example"}
DUE = make.later(days=2)


def asked(**columns):
    case, worker = make.case_in_hand()
    body = columns.pop("body", None) or make_notice.body()
    words = {"words": "请修好一楼的路灯", "place": "洛堆社区3号院", "due_at": DUE, "at": make.later(minutes=10)}
    return outside.ask(case=case, post=worker, body=body, **(words | columns)), worker


def names(case):
    return list(Event.objects.filter(case=case).order_by("sequence").values_list("name", flat=True))


def test_a_body_is_asked_and_the_case_says_so():
    row, _worker = asked()

    event = Event.objects.filter(case=row.case).order_by("-sequence").first()
    assert event.name == "ask_outside"
    assert event.detail["to_name"] == "示例物业公司"
    assert row.next_reminder_at == make.later(minutes=10) + (DUE - make.later(minutes=10)) * 0.75
    assert [one.pk for one in queries.of_case(row.case)] == [row.pk]
    assert chains.is_whole(Case.objects.get())


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"words": " "}, "请写下内容。"),
        ({"words": "找扎西 13900000001"}, "给外部单位看的话里不要写身份证号和电话号码。"),
        ({"place": "洛堆社区，电话13900000001"}, "给外部单位看的话里不要写身份证号和电话号码。"),
        ({"words": "字" * 1001}, "内容太长：最多 1000 个字。"),
        ({"due_at": make.AT}, "期限应在现在之后。"),
        ({"due_at": make.later(days=91)}, "期限太远：最多 90 天。"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_written(columns, sentence):
    with pytest.raises(Refused) as refusal:
        asked(**columns)

    assert refusal.value.sentence == sentence
    assert Asked.objects.count() == 0
    assert "ask_outside" not in names(Case.objects.get())


def test_the_same_body_is_not_asked_twice_at_once_and_may_be_asked_again_after():
    row, worker = asked()
    with pytest.raises(Refused, match="正在等它答复"):
        outside.ask(
            case=row.case, post=worker, body=row.body, words="又请", place="院里", due_at=DUE, at=make.later(minutes=11)
        )
    outside.release(asked=row, post=worker, reason="不等了", at=make.later(minutes=12))

    again = outside.ask(
        case=row.case, post=worker, body=row.body, words="又请", place="院里", due_at=DUE, at=make.later(minutes=13)
    )

    assert again.pk != row.pk
    assert Asked.objects.count() == 2


def test_a_stranger_may_not_ask():
    case, _worker = make.case_in_hand()
    stranger = make.post(Role.DEPARTMENT)

    with pytest.raises(Refused):
        outside.ask(
            case=case,
            post=stranger,
            body=make_notice.body(),
            words="请修",
            place="院里",
            due_at=DUE,
            at=make.later(minutes=10),
        )

    assert Asked.objects.count() == 0


# The link ----------------------------------------------------------------------------------------


def test_a_link_opens_until_a_week_after_the_deadline():
    row, _worker = asked()
    token = queries.link_token(row)

    assert queries.opened_by(token, at=DUE + timedelta(days=7)).pk == row.pk
    with pytest.raises(Refused, match="过期"):
        queries.opened_by(token, at=DUE + timedelta(days=7, seconds=1))


def test_a_link_with_one_letter_changed_opens_nothing():
    row, _worker = asked()
    token = queries.link_token(row)

    for position in range(len(token)):
        other = token[:position] + ("a" if token[position] != "a" else "b") + token[position + 1 :]
        if asked_of(other) == asked_of(token):  # the last letter carries spare bits
            continue
        with pytest.raises(Refused):
            queries.opened_by(other, at=make.later(hours=1))


def test_a_revoked_link_is_dead_and_resending_makes_a_new_one():
    row, worker = asked()
    first = queries.link_token(row)
    outside.revoke(asked=row, post=worker, reason="发错了人", at=make.later(minutes=20))
    with pytest.raises(Refused):
        queries.opened_by(first, at=make.later(minutes=21))

    outside.resend(asked=row, post=worker, is_new_link=False, at=make.later(minutes=22))

    with pytest.raises(Refused):
        queries.opened_by(first, at=make.later(minutes=23))
    assert queries.opened_by(queries.link_token(row), at=make.later(minutes=23)).pk == row.pk


def test_resending_alone_keeps_the_link():
    row, worker = asked()
    first = queries.link_token(row)

    outside.resend(asked=row, post=worker, is_new_link=False, at=make.later(minutes=22))

    assert queries.link_token(row) == first


# Answers -----------------------------------------------------------------------------------------


def test_a_body_accepts_and_then_says_that_it_is_done():
    row, _worker = asked()

    outside.accept(asked=row, at=make.later(hours=1))
    outside.finish(asked=row, words="换了灯泡", at=make.later(hours=5))

    row.refresh_from_db()
    case = Case.objects.get()
    assert (row.state, row.answer, row.next_reminder_at) == ("DONE", "换了灯泡", None)
    assert names(case)[-2:] == ["accept_outside", "finish_outside"]
    assert case.state == "HANDLING"
    assert Event.objects.get(name="finish_outside").by_role == "OUTSIDE"
    assert chains.is_whole(case)


def test_a_late_answer_is_still_an_answer():
    row, _worker = asked()

    outside.decline(asked=row, reason="不归我们", at=DUE + timedelta(days=3))

    row.refresh_from_db()
    assert (row.state, row.answer) == ("DECLINED", "不归我们")


def test_two_answers_at_once_and_one_counts():
    row, _worker = asked()
    other = queries.asked(row.pk)
    outside.finish(asked=row, words="好了", at=make.later(hours=1))

    with pytest.raises(Overtaken):
        outside.decline(asked=other, reason="不归我们", at=make.later(hours=1))

    assert names(row.case)[-1] == "finish_outside"
    assert Asked.objects.get().answer == "好了"


def test_an_answer_after_the_release_is_turned_away():
    row, worker = asked()
    late = queries.asked(row.pk)
    outside.release(asked=row, post=worker, reason="等不来", at=make.later(days=3))

    with pytest.raises(Overtaken):
        outside.accept(asked=late, at=make.later(days=3))

    assert names(row.case)[-1] == "release_outside"


def test_a_desk_may_release_a_silent_one_and_finish():
    row, worker = asked()
    outside.release(asked=row, post=worker, reason="一直不答复，我们自己办", at=make.later(days=3))

    handling.finish(case=Case.objects.get(), post=worker, result="自己换了灯", at=make.later(days=3, hours=1))

    assert Case.objects.get().state == "FINISHED"
    assert not queries.has_open(row.case)


def test_finishing_a_case_ends_what_it_waits_for():
    row, worker = asked()

    handling.finish(case=Case.objects.get(), post=worker, result="自己换了灯", at=make.later(hours=1))

    row.refresh_from_db()
    assert (row.state, row.ended_at) == ("RELEASED", make.later(hours=1))


def test_more_time_begins_the_reminders_again():
    row, worker = asked()
    outside.remind_due(at=DUE)
    row.refresh_from_db()
    longer = make.later(days=6)

    outside.extend(asked=row, post=worker, due_at=longer, reason="配件没到", at=DUE)
    with pytest.raises(Refused, match="晚于"):
        outside.extend(asked=row, post=worker, due_at=longer, reason="配件没到", at=DUE)

    row.refresh_from_db()
    assert (row.due_at, row.reminded_count) == (longer, 0)
    assert row.next_reminder_at == DUE + (longer - DUE) * 0.75


# Reminders ---------------------------------------------------------------------------------------


def test_a_silent_body_is_reminded_four_times_and_not_more():
    row, _worker = asked()
    at = make.later(minutes=10)

    for _hour in range(24 * 8):
        at += timedelta(hours=1)
        outside.remind_due(at=at)

    row.refresh_from_db()
    events = Event.objects.filter(name="remind_outside").order_by("sequence")
    assert [event.detail["is_late"] for event in events] == [False, True, True, True]
    assert (row.reminded_count, row.next_reminder_at) == (4, None)


def test_a_clock_that_stood_still_reminds_once():
    asked()

    outside.remind_due(at=DUE + timedelta(days=9))
    outside.remind_due(at=DUE + timedelta(days=9, minutes=1))

    assert Event.objects.filter(name="remind_outside").count() == 1


def test_an_answered_body_is_not_reminded():
    row, _worker = asked()
    outside.finish(asked=row, words="好了", at=make.later(hours=1))

    assert outside.remind_due(at=DUE + timedelta(days=9)) == 0


# Notices -----------------------------------------------------------------------------------------


@override_settings(**LOCAL)
def test_the_body_gets_the_link_and_the_desk_hears_of_silence_and_of_the_answer():
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        row, worker = asked()
        notices.derive(at=make.later(minutes=11))
        notices.send_notices(channel=Channel.SMS, now=lambda: make.later(minutes=11))
        outside.remind_due(at=DUE)
        notices.derive(at=DUE)
        row.refresh_from_db()
        outside.decline(asked=row, reason="不归我们", at=DUE + timedelta(hours=1))
        notices.derive(at=DUE + timedelta(hours=1))

    said = server.received[0].said
    assert said["to"] == "13800000002"
    assert f"https://linli.example/o/{queries.link_token(row)}/" in said["text"]
    kinds = list(
        Notice.objects.filter(unit_id=worker.unit_id, channel="IN_APP").order_by("pk").values_list("kind", flat=True)
    )
    assert kinds == ["new_case", "outside_silent", "outside_answered"]
    assert Look.objects.filter(purpose="NOTICE", subject=f"case {row.case.number}").count() == 1


@override_settings(**LOCAL)
def test_a_link_revoked_before_the_message_left_is_not_sent():
    with make_notice.receiver() as server:
        make_notice.gateway(server.url)
        row, worker = asked()
        notices.derive(at=make.later(minutes=11))
        outside.revoke(asked=row, post=worker, reason="发错了", at=make.later(minutes=12))
        notices.send_notices(channel=Channel.SMS, now=lambda: make.later(minutes=13))

    assert server.received == []
    assert Notice.objects.get(kind="outside_asked").fault == "不再需要"


# What is kept ------------------------------------------------------------------------------------


def test_a_body_needs_a_way_to_be_reached_and_it_is_sealed():
    make.neighbourhood()
    with pytest.raises(Refused, match="请写电话或邮箱"):
        outside.keep_body(name="供水公司", area_code=make.DISTRICT, at=make.AT, by_post_id=1)
    body = make_notice.body("供水公司")

    with pytest.raises(Refused, match="同名"):
        make_notice.body("供水公司")

    assert b"13800000002" not in bytes(ContactPoint.objects.get(pk=body.contact_id).contact_sealed)


def test_a_changed_body_keeps_its_contact_when_none_is_given():
    body = make_notice.body()

    outside.keep_body(name="新名字", area_code=make.DISTRICT, at=make.AT, by_post_id=1, body=body)

    body.refresh_from_db()
    assert body.name == "新名字"
    assert body.contact_id is not None


def test_a_closed_body_is_not_asked():
    body = make_notice.body()
    outside.close_body(body=body, reason="撤了", at=make.AT, by_post_id=1)

    with pytest.raises(Refused, match="停用"):
        asked(body=queries.body(body.pk))


def test_what_was_asked_is_seen_where_the_case_is():
    asked()

    with as_application(Scope(area_code=make.COMMUNITY)):
        assert Asked.objects.count() == 1
    with as_application(Scope(area_code="540102002001", unit_id=999)):
        assert Asked.objects.count() == 0
    with as_application(NOTHING):
        assert Asked.objects.count() == 0


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "LOST"},
        {"state": "DONE"},
        {"state": "DONE", "ended_at": make.AT, "next_reminder_at": make.AT},
        {"ended_at": make.AT},
        {"serial": 0},
        {"due_at": make.AT - timedelta(days=1)},
    ],
)
def test_the_database_keeps_state_and_moments_together(columns):
    row, _worker = asked()

    with pytest.raises(IntegrityError), transaction.atomic():
        Asked.objects.filter(pk=row.pk).update(**columns)


def test_the_number_of_a_body_in_use_outlives_the_years_of_a_resident():
    body = make_notice.body()

    people.erase_expired_contacts(at=make.later(days=365 * 9))

    assert ways_of([body.contact_id]) == {body.contact_id: frozenset({"phone"})}


def test_the_number_of_a_closed_body_is_erased_three_years_after_its_end():
    body = make_notice.body()
    outside.close_body(body=body, reason="不再合作", at=make.later(days=365 * 5), by_post_id=1)

    people.erase_expired_contacts(at=make.later(days=365 * 7))
    before = ways_of([body.contact_id])
    people.erase_expired_contacts(at=make.later(days=365 * 8 + 5))

    assert (len(before), ways_of([body.contact_id])) == (1, {})


def test_a_former_number_is_erased_and_the_one_in_use_stays():
    body = make_notice.body()
    former = body.contact_id
    make_notice.body(body=body, phone="13800000009")

    people.erase_expired_contacts(at=make.later(days=365 * 4))

    assert list(ways_of([former, body.contact_id])) == [body.contact_id]


def test_the_numbers_of_bodies_kept_before_are_kept_as_long_as_they_are_in_use():
    body = make_notice.body()
    ContactPoint.objects.filter(pk=body.contact_id).update(kept_until=make.later(days=1).date())
    keep = import_module("linli.outside.migrations.0003_contacts_in_use").KEEP
    for _time in range(2):
        with connection.cursor() as cursor:
            cursor.execute(keep)

    people.erase_expired_contacts(at=make.later(days=365 * 9))

    assert ways_of([body.contact_id])


@pytest.mark.parametrize(("is_erased", "fault"), [(False, "没有能发送的通道"), (True, "联系方式已抹除")])
def test_a_link_that_cannot_be_sent_is_written_down_as_not_sent(is_erased, fault):
    row, _worker = asked()
    if is_erased:
        make_notice.gateway("https://sms.example/send")
        ContactPoint.objects.filter(pk=row.body.contact_id).update(
            contact_sealed=b"", phone_index=None, email_index=None, erased_at=make.AT
        )

    notices.derive(at=make.later(minutes=11))

    told = Notice.objects.get(recipient=f"asked:{row.pk}")
    assert (told.state, told.fault, told.next_try_at) == ("GIVEN_UP", fault, None)
