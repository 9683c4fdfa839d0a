"""Events become notices: each once, in one transaction, to whom the table says, and nobody of what is long past."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import override_settings

from linli.case import actions as cases
from linli.case.models import Case, Event
from linli.case.states import BY_NAME
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.intake.rules import Channel as Source
from linli.notice import actions as notices
from linli.notice import queries
from linli.notice.audience import HEARD, told_of
from linli.notice.models import Choice, FreshEvent, Notice
from linli.notice.rules import Channel, Group
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, NOTHING, Scope
from linli.whistle import actions as whistles
from linli.whistle.states import WhistleKind
from tests import make, make_notice
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db
GATEWAY = "https://sms.example/send"


def told():
    """Return kind, recipient and channel of every notice, in order."""
    return [(row.kind, row.recipient, row.channel) for row in Notice.objects.order_by("pk")]


def blown(kind=WhistleKind.SERVICE):
    case, worker = make.case_in_hand()
    unit = make.department()
    whistles.blow(
        case=case,
        post=worker,
        kind=kind,
        unit_ids=[unit.pk],
        lead_id=unit.pk,
        message="",
        at=make.later(minutes=10),
    )
    return case, worker, unit


def test_an_opened_case_rings_at_its_owner_and_is_read_once():
    case = make.case()

    read = notices.derive(at=make.later(seconds=2))
    again = notices.derive(at=make.later(seconds=4))

    assert (read, again) == (1, 0)
    assert told() == [("new_case", f"unit:{case.owner_id}", "IN_APP")]
    row = Notice.objects.get()
    assert row.places == {
        "number": case.number,
        "category": case.category_code,
        "area": make.COMMUNITY,
        "due": case.dispatch_due_at.isoformat(),
    }
    assert row.state == "SENT"


def test_the_unit_that_made_a_step_is_not_told_of_it():
    _case, worker, unit = blown()

    notices.derive(at=make.later(minutes=11))

    assert told() == [
        ("new_case", f"unit:{worker.unit_id}", "IN_APP"),
        ("whistle", f"unit:{unit.pk}", "IN_APP"),
    ]


def test_answers_go_to_the_owner_and_to_who_rules_and_supervision_to_both():
    case, worker, unit = blown()
    called = case.called.get()
    answerer = make.post(Role.DEPARTMENT, unit=unit)
    whistles.decline(called=called, post=answerer, reason="不是我们的", at=make.later(minutes=20))
    cases.supervise_by_hand(
        case=Case.objects.get(pk=case.pk),
        post=make.post(Role.STREET),
        level=2,
        words="今天办完",
        at=make.later(minutes=30),
    )

    notices.derive(at=make.later(minutes=31))

    assert told()[2:] == [
        ("unit_declined", f"unit:{worker.unit_id}", "IN_APP"),
        ("asked_to_rule", f"unit:{make.unit('STREET').pk}", "IN_APP"),
        ("supervised", f"unit:{worker.unit_id}", "IN_APP"),
    ]
    assert Notice.objects.get(kind="supervised").places["level"] == "督办"


def test_a_rolled_back_step_tells_nobody():
    case = make.case()
    notices.derive(at=make.AT)

    with transaction.atomic():
        cases.take(case=case, post=make.post(), at=make.later(minutes=1))
        transaction.set_rollback(True)

    assert FreshEvent.objects.count() == 0
    assert notices.derive(at=make.later(minutes=2)) == 0


def test_a_stop_between_taking_and_writing_loses_nothing(monkeypatch):
    make.case()

    def stop(*_args, **_kwargs):
        raise SystemExit

    monkeypatch.setattr("linli.notice.actions.deriving.deliveries_of", stop)
    with pytest.raises(SystemExit):
        notices.derive(at=make.AT)
    monkeypatch.undo()

    assert told() == []
    assert notices.derive(at=make.AT) == 1
    assert len(told()) == 1


def test_what_happened_long_ago_is_history_and_not_news():
    make.case(at=make.AT - timedelta(days=3))

    read = notices.derive(at=make.AT)

    assert read == 0
    assert FreshEvent.objects.count() == 0
    assert told() == []


def test_an_event_that_cannot_be_read_holds_up_no_other(monkeypatch, caplog):
    make.case()
    make.case(text="又一件")
    first = Event.objects.order_by("pk").first()
    tell = HEARD["open"]
    monkeypatch.setitem(HEARD, "open", lambda event: {}["to"] if event.pk == first.pk else tell(event))

    read = notices.derive(at=make.AT)

    assert read == 2
    assert len(told()) == 1
    assert f"event {first.pk} (open) could not be read" in caplog.text


def test_many_cases_are_told_in_the_same_number_of_statements(django_assert_num_queries):
    make.case(contact=make.contact())
    make_notice.gateway(GATEWAY)
    notices.derive(at=make.AT)
    make.case(text="一", contact=make.contact())
    with django_assert_num_queries(14):
        notices.derive(at=make.AT)
    for serial in range(3):
        make.case(text=f"又一件 {serial}", contact=make.contact())

    with django_assert_num_queries(14):
        notices.derive(at=make.AT)


def test_a_resident_who_left_a_number_is_told_by_message_when_there_is_a_gateway():
    make_notice.gateway(GATEWAY)
    case = make.case(contact=make.contact(), language="bo")

    notices.derive(at=make.AT)

    row = Notice.objects.get(channel="SMS")
    assert row.kind == "resident_received"
    assert row.recipient == f"contact:{case.first_appeal.contact_id}"
    assert row.language == "bo"
    assert row.state == "QUEUED"
    assert "13900000001" not in str(row.places)
    assert case.title not in str(row.places)


@override_settings(MAIL_URL="smtp://localhost")
def test_without_a_number_or_a_gateway_the_mail_is_taken():
    make.case(contact=make.contact(phone="", email="tashi@example.com"))
    make.case(text="又一件", contact=make.contact(email="tashi@example.com"))

    notices.derive(at=make.AT)

    assert [row.channel for row in Notice.objects.filter(kind="resident_received")] == ["EMAIL", "EMAIL"]


def test_who_cannot_be_written_to_stands_in_the_log_and_is_no_alarm_for_each():
    make.case(contact=make.contact(email="tashi@example.com"))

    notices.derive(at=make.AT)

    case = Case.objects.select_related("first_appeal").get()
    untold = Notice.objects.get(recipient=f"contact:{case.first_appeal.contact_id}")
    assert told()[0] == ("new_case", f"unit:{case.owner_id}", "IN_APP")
    assert (untold.state, untold.fault) == ("GIVEN_UP", "没有能发送的通道")
    assert queries.in_vain_count(since=make.AT) == 0


def test_a_reporter_who_asked_to_be_left_alone_is():
    make_notice.gateway(GATEWAY)
    case, worker = make.case_in_hand(contact=make.contact())
    confirms.ask_not_to_be_called(appeal_id=case.first_appeal_id, at=make.later(minutes=6))
    handling.finish(case=Case.objects.get(pk=case.pk), post=worker, result="换了灯", at=make.later(minutes=20))

    notices.derive(at=make.later(minutes=21))

    assert Notice.objects.filter(channel="SMS").count() == 0


def test_the_hotline_has_told_its_caller_itself():
    make_notice.gateway(GATEWAY)
    make.case(channel=Source.HOTLINE, external_number="H1", contact=make.contact())

    notices.derive(at=make.AT)

    assert [kind for kind, _recipient, _channel in told()] == ["new_case"]


def test_every_reporter_of_a_finished_case_is_asked():
    make_notice.gateway(GATEWAY)
    case, worker = make.case_in_hand(contact=make.contact())
    cases.join(case=case, received=make.received(contact=make.contact(phone="13900000002")), at=make.later(minutes=6))
    handling.finish(case=Case.objects.get(pk=case.pk), post=worker, result="换了灯", at=make.later(minutes=20))

    notices.derive(at=make.later(minutes=21))

    assert Notice.objects.filter(kind="resident_finished", channel="SMS").count() == 2


def test_at_night_a_resident_is_left_alone_and_an_urgent_case_is_not():
    make_notice.gateway(GATEWAY)
    night = make.later(hours=14)  # midnight in Lhasa
    make.case(at=night, contact=make.contact())
    urgent = make.case(at=night, text="水管爆了", contact=make.contact())
    Case.objects.filter(pk=urgent.pk).update(urgency="URGENT")

    notices.derive(at=night)

    quiet, passed = Notice.objects.filter(channel="SMS").order_by("pk")
    assert quiet.next_try_at == make.later(hours=22, minutes=30)  # half past eight
    assert passed.next_try_at == night


def test_a_worker_gets_by_mail_what_they_chose_and_nothing_else():
    _case, _worker, unit = blown()
    account = make.account(email="worker@example.com", language="en")
    post = make.post(Role.DEPARTMENT, unit=unit, account=account)
    make.post(Role.DEPARTMENT, unit=unit)
    notices.choose(post=post, wanted={(Group.WHISTLE, Channel.EMAIL): True, (Group.WORK, Channel.EMAIL): False})

    with override_settings(MAIL_URL="smtp://localhost"):
        notices.derive(at=make.later(minutes=11))

    row = Notice.objects.get(channel="EMAIL")
    assert (row.kind, row.recipient, row.language) == ("whistle", f"post:{post.pk}", "en")


def test_a_robot_hears_what_its_unit_is_told():
    _case, _worker, unit = blown()
    robot = make_notice.gateway("https://chat.example/?key=k", "WECOM", unit_id=unit.pk)

    notices.derive(at=make.later(minutes=11))

    assert [row.recipient for row in Notice.objects.filter(channel="ROBOT")] == [f"gateway:{robot.pk}"]


def test_the_bell_counts_what_a_post_has_not_read():
    _case, _worker, unit = blown()
    post, colleague = make.post(Role.DEPARTMENT, unit=unit), make.post(Role.DEPARTMENT, unit=unit)
    notices.derive(at=make.later(minutes=11))
    newest = queries.bell(post).first()

    notices.mark_read(post=post, through_id=newest.pk, at=make.later(minutes=12))
    notices.mark_read(post=post, through_id=1, at=make.later(minutes=13))

    assert (queries.unread_count(post), queries.unread_count(colleague)) == (0, 1)


def test_what_a_post_put_away_does_not_ring_but_supervision_always_does():
    _case, _worker, unit = blown()
    post = make.post(Role.DEPARTMENT, unit=unit)
    notices.choose(post=post, wanted={(Group.WHISTLE, Channel.IN_APP): False})
    notices.derive(at=make.later(minutes=11))

    with pytest.raises(Refused, match="不能关掉"):
        notices.choose(post=post, wanted={(Group.SUPERVISION, Channel.IN_APP): False})

    assert queries.unread_count(post) == 0
    assert Choice.objects.count() == 1


def test_a_sent_back_case_is_told_to_those_at_work():
    case, worker, unit = blown()
    answerer = make.post(Role.DEPARTMENT, unit=unit)
    whistles.report_in(called=case.called.get(), post=answerer, at=make.later(minutes=20))
    handling.finish(case=Case.objects.get(pk=case.pk), post=answerer, result="好了", at=make.later(minutes=30))
    confirms.send_back(case=Case.objects.get(pk=case.pk), reason="没好", at=make.later(minutes=40))

    notices.derive(at=make.later(minutes=41))

    assert told()[2:] == [
        ("unit_came", f"unit:{worker.unit_id}", "IN_APP"),
        ("work_done", f"unit:{worker.unit_id}", "IN_APP"),
        ("sent_back", f"unit:{worker.unit_id}", "IN_APP"),
        ("sent_back", f"unit:{unit.pk}", "IN_APP"),
    ]


@pytest.mark.parametrize(
    ("name", "detail", "expected"),
    [
        ("agree", {"to": "CALLED"}, [("caller_answered", "CALLED")]),
        ("turn_down", {"unit": "CALLED"}, [("caller_answered", "CALLED")]),
        ("part", {}, [("work_done", "OWNER")]),
        ("hand_back", {}, [("unit_declined", "OWNER")]),
        ("task", {"unit": "CALLED", "due_at": make.AT.isoformat()}, [("task_given", "CALLED")]),
        ("rule", {"unit": "CALLED", "to": "OWNER"}, [("ruled", "CALLED"), ("ruled", "OWNER")]),
        ("ask_extension", {"decider": "CALLED"}, [("asked_to_rule", "CALLED")]),
        ("extend", {}, [("ruled", "OWNER"), ("resident_extended", 0)]),
        ("suspend", {"until": make.AT.isoformat()}, [("ruled", "OWNER"), ("resident_paused", 0)]),
        ("deny", {"asked_by": "OWNER"}, [("ruled", "OWNER")]),
        ("note", {}, []),
        ("correct", {}, []),
    ],
)
def test_each_step_is_told_to_whom_it_concerns(name, detail, expected):
    case, owner, called = make.case(), make.unit("COMMUNITY"), make.department()
    units = {"OWNER": owner.pk, "CALLED": called.pk}
    filled = {key: units.get(value, value) for key, value in detail.items()}

    told = told_of(Event(case=case, name=name, detail=filled, by_unit_id=None))

    assert [(one.kind.name, one.to_id) for one in told] == [(kind, units.get(who, who)) for kind, who in expected]


def test_every_step_that_is_heard_is_a_step_of_the_table():
    assert set(HEARD) - set(BY_NAME) == {"open"}


# What the database itself keeps ------------------------------------------------------------------


def test_a_desk_makes_moves_but_cannot_read_or_forge_what_is_fresh():
    case = make.case()
    worker = make.post()

    with as_application(Scope(area_code=make.COMMUNITY, unit_id=worker.unit_id)):
        cases.take(case=case, post=worker, at=make.later(minutes=1))
        assert FreshEvent.objects.count() == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            FreshEvent.objects.create(event_id=1, at=make.AT)

    assert FreshEvent.objects.count() == 2


def test_a_notice_is_seen_by_its_unit_and_its_area_and_by_no_other():
    _case, _worker, unit = blown()

    with as_application(EVERYTHING):
        notices.derive(at=make.later(minutes=11))
    seen = {}
    for name, scope in {
        "unit": Scope(unit_id=unit.pk),
        "area": Scope(area_code=make.COMMUNITY),
        "stranger": Scope(unit_id=unit.pk + 999),
        "nobody": NOTHING,
    }.items():
        with as_application(scope):
            seen[name] = Notice.objects.count()

    assert seen == {"unit": 1, "area": 2, "stranger": 0, "nobody": 0}


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "SENT", "next_try_at": make.AT, "sent_at": make.AT},
        {"state": "QUEUED"},
        {"state": "SENT"},
        {"state": "LOST", "sent_at": make.AT},
        {"state": "SENT", "sent_at": make.AT, "channel": "PIGEON"},
        {"state": "SENT", "sent_at": make.AT, "unit_id": None},
    ],
)
def test_the_database_keeps_state_and_moments_together(columns):
    case = make.case()
    row = {
        "kind": "new_case",
        "channel": "IN_APP",
        "event_id": 1,
        "case": case,
        "area_code": case.area_code,
        "recipient": "unit:1",
        "unit_id": 1,
        "language": "zh-hans",
        "created_at": make.AT,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(**(row | columns))


def test_an_import_leaves_the_id_of_every_event():
    make.case()
    rows = [make.received(text=f"第 {serial} 件", external_number=f"N{serial}") for serial in range(30)]

    with as_application(EVERYTHING):
        cases.open_many(received=rows, at=make.AT)

    assert FreshEvent.objects.count() == 31
    assert set(FreshEvent.objects.values_list("event_id", flat=True)) == set(Event.objects.values_list("pk", flat=True))
