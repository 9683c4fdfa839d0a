"""A row that cannot be done is said in the log, and holds up no other of its duty."""

import pytest
from django.db import OperationalError

from linli.case import actions as cases
from linli.case.models import Case, Event, Supervision, Wording
from linli.confirm import actions as confirms
from linli.confirm.models import CallBack
from linli.handling import actions as handling
from linli.handling.rules import ApplicationKind
from linli.notice import actions as notices
from linli.notice.models import Notice
from linli.outside import actions as outside
from linli.outside.models import Asked
from linli.shared.batches import each, one_by_one, together
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db
LATE = make.later(days=60)
FESTIVAL = "kind,from,to,name\noff,2026-11-24,2026-11-25,演练节\n".encode()


def blown(case, worker, unit):
    whistles.blow(
        case=case, post=worker, kind=WhistleKind.SERVICE, unit_ids=[unit.pk], lead_id=unit.pk, message="",
        at=make.later(minutes=10),
    )  # fmt: skip
    return Called.objects.select_related("case", "whistle").get(case=case)


def case_opened(worker):
    return make.case()


def case_called(worker):
    case, _worker = make.case_in_hand()
    blown(case, worker, make.department())
    return case


def case_disputed(worker):
    case, _worker = make.case_in_hand()
    unit = make.department()
    whistles.decline(
        called=blown(case, worker, unit), post=make.post(Role.DEPARTMENT, unit=unit), reason="不是我们的",
        at=make.later(minutes=20),
    )  # fmt: skip
    return case


def case_with_task(worker):
    case, _worker = make.case_in_hand()
    handling.give_task(
        case=case, post=worker, unit_id=worker.unit_id, words="量尺寸", due_at=make.later(hours=5),
        at=make.later(hours=1),
    )  # fmt: skip
    return case


def case_suspended(worker):
    case, _worker = make.case_in_hand(category_code="0104")
    asked = handling.ask(
        case=case, post=worker, kind=ApplicationKind.SUSPENSION, reason="等配件", until=make.later(days=9),
        at=make.later(hours=1),
    )  # fmt: skip
    handling.grant(application=asked, post=make.post(Role.STREET), at=make.later(hours=2))
    return case


def case_finished(worker):
    case, _worker = make.case_in_hand(contact=make.contact())
    handling.finish(case=case, post=worker, result="修好了", at=make.later(hours=1))
    return case


def case_unreachable(worker):
    case, _worker = make.case_in_hand()
    handling.finish(case=case, post=worker, result="修好了", at=make.later(hours=1))
    return case


def case_to_call_back(worker):
    case = case_finished(worker)
    confirms.ask_finished(at=make.later(hours=2))
    return case


def case_asked_outside(worker):
    case, _worker = make.case_in_hand()
    body = outside.keep_body(
        name=f"电力公司{case.pk}", phone="13900000009", area_code=make.DISTRICT, at=make.AT, by_post_id=worker.pk
    )
    outside.ask(case=case, post=worker, body=body, words="线路", place="楼下", due_at=make.later(days=3), at=make.AT)
    return case


DUTIES = [
    (cases.supervise, case_opened, lambda case: Supervision.objects.filter(case=case).exists()),
    (whistles.supervise_called, case_called, lambda case: Supervision.objects.filter(case=case).exists()),
    (whistles.supervise_disputes, case_disputed, lambda case: Supervision.objects.filter(case=case).exists()),
    (handling.supervise_tasks, case_with_task, lambda case: Supervision.objects.filter(case=case).exists()),
    (handling.resume_due, case_suspended, lambda case: Case.objects.get(pk=case.pk).suspended_until is None),
    (confirms.lapse_due, case_finished, lambda case: Case.objects.get(pk=case.pk).state == "CLOSED"),
    (confirms.ask_finished, case_unreachable, lambda case: CallBack.objects.filter(case=case).exists()),
    (confirms.remind_due, case_to_call_back, lambda case: CallBack.objects.get(case=case).reminded_level > 0),
    (outside.remind_due, case_asked_outside, lambda case: Asked.objects.get(case=case).reminded_count > 0),
]


@pytest.mark.parametrize(
    ("duty", "prepared", "is_done"), DUTIES, ids=[f"{d.__module__}.{d.__name__}" for d, *_ in DUTIES]
)
def test_a_case_that_cannot_be_moved_holds_up_no_other(duty, prepared, is_done, monkeypatch, caplog):
    make.neighbourhood()
    worker = make.post(Role.COMMUNITY)
    poison, after = prepared(worker), prepared(worker)
    events = Event.objects.filter(case=poison).count()
    poisoned(monkeypatch, poison)

    duty(at=LATE)

    assert (is_done(poison), is_done(after)) == (False, True)
    assert Event.objects.filter(case=poison).count() == events
    assert "skipped" in caplog.text


def poisoned(monkeypatch, case):
    """Let every move of a case fail, whatever it is."""
    from linli.case.actions import moving

    payload_of = moving.payload_of

    def fails(**words):
        if words["case_id"] == case.pk:
            raise ValueError("a row that cannot be written")
        return payload_of(**words)

    monkeypatch.setattr(moving, "payload_of", fails)


def test_a_case_whose_limit_cannot_be_read_does_not_stop_the_reckoning_of_the_next():
    make.neighbourhood()
    poison, _worker = make.case_in_hand(category_code="0104")
    after, _worker = make.case_in_hand(category_code="0104")
    Case.objects.filter(pk=poison.pk).update(limit_words="eternity")
    cases.bring_days(
        file_name="a.csv",
        content="kind,from,to,name\noff,2026-11-24,2026-11-25,演练节\n".encode(),
        at=make.later(hours=1),
    )

    assert handling.recount_due(at=make.later(hours=2)) == 1

    assert Event.objects.filter(case=after, name="recount").exists()


def test_an_event_that_cannot_be_told_holds_up_no_other(monkeypatch):
    poison, after = make.case(), make.case()
    from linli.notice.actions import deriving

    told_of = deriving.told_of

    def fails(event):
        if event.case_id == poison.pk:
            raise ArithmeticError
        return told_of(event)

    monkeypatch.setattr(deriving, "told_of", fails)

    notices.derive(at=make.later(seconds=2))

    assert list(Notice.objects.values_list("case_id", flat=True)) == [after.pk]
    monkeypatch.undo()
    assert notices.derive(at=make.later(seconds=4)) == 1  # nothing is lost: it is told once it can be read


def test_a_case_that_cannot_be_read_into_the_index_holds_up_no_other(monkeypatch):
    poison, after = make.case(text="一" * 30), make.case()
    from linli.case.actions import indexing

    pieces = indexing.pieces

    def fails(words):
        if "一一" in words:
            raise UnicodeError
        return pieces(words)

    monkeypatch.setattr(indexing, "pieces", fails)

    cases.index_words(at=make.later(seconds=2))

    assert set(Wording.objects.values_list("case_id", flat=True)) == {after.pk}
    assert poison.pk not in Wording.objects.values_list("case_id", flat=True)


def test_more_rows_that_cannot_be_done_than_a_batch_holds_end_the_round_all_the_same():
    made = [make.case() for _ in range(5)]
    good = made[-1].pk
    done = []

    def act(case):
        if case.pk != good:
            raise ValueError
        done.append(case.pk)
        Case.objects.filter(pk=case.pk).update(supervision_level=1)

    waiting = Case.objects.select_for_update().filter(supervision_level=0).order_by("pk")

    assert one_by_one(waiting, act, duty="test", size=2) == 1
    assert done == [good]


@pytest.mark.parametrize("doing", [each, together])
def test_a_fault_of_the_connection_rises(doing):
    def lost(_row):
        raise OperationalError

    with pytest.raises(OperationalError):
        doing([1, 2], lost, duty="test")


def test_rows_are_done_together_and_one_by_one_only_where_that_fails():
    calls = []

    def act(rows):
        calls.append(list(rows))
        if 2 in rows:
            raise ValueError

    assert together([1, 3], act, duty="test") == []
    assert together([1, 2, 3], act, duty="test") == [2]
    assert calls == [[1, 3], [1, 2, 3], [1], [2], [3]]
