"""Two people and twenty at one case at the same moment, over HTTP: whoever is first wins, the others are told."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from linli.case.chains import is_whole
from linli.case.models import Case, Event
from linli.confirm.models import Confirmation
from linli.handling import actions as handling
from linli.handling.models import Task
from linli.handling.rules import ApplicationKind
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.models import Called, Dispute, Ruling
from linli.whistle.states import RulingOutcome, WhistleKind
from tests import make
from tests.faults.harness import wait_for

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
DESKS = {"COMMUNITY": "community", "STREET": "community", "DEPARTMENT": "department", "DISTRICT": "district"}
FIRST = ("刚被", "已经答复过这一哨", "已经有结果了", "已经裁定过", "已经答复过了")
WAITING = """
    SELECT pg_stat_clear_snapshot();
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
MANY = 20


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=1)


def fresh(case):
    return Case.objects.get(pk=case.pk)


def waiting_for_locks():
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        cursor.nextset()
        return cursor.fetchone()[0]


def at_one_moment(case, *sent):
    """Send every (post, move, fields) while the case is held, until all wait for it; return what each was answered.

    All have read the case before any of them moves it: nobody can have known of another.
    """
    answers, clients = [None] * len(sent), []
    for post, _move, _fields in sent:
        client = Client(raise_request_exception=False)
        client.force_login(post.account, backend=BACKEND)
        clients.append(client)

    def send(place):
        post, move, fields = sent[place]
        url = f"/{DESKS[post.role]}/cases/{case.pk}/moves/{move}/"
        try:
            answers[place] = clients[place].post(url, fields | {"seen": case.event_count})
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(place,)) for place in range(len(sent))]
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=case.pk)
        for thread in threads:
            thread.start()
        wait_for(lambda: waiting_for_locks() == len(sent), 60, "all to wait for the case")
    for thread in threads:
        thread.join(60)
    return answers


def outcome(case, *sent):
    """Send at one moment; return how many won, after seeing that nobody met a fault and nothing was lost."""
    before = fresh(case).event_count
    answers = at_one_moment(fresh(case), *sent)

    assert {answer.status_code for answer in answers} <= {302, 409}
    won = sum(answer.status_code == 302 for answer in answers)
    end = fresh(case)
    assert end.event_count == Event.objects.filter(case=case).count() >= before + won
    assert is_whole(end)
    leads = Called.objects.filter(case=case, ended_at__isnull=True, is_lead=True).values_list("unit_id", flat=True)
    assert end.lead_id == leads.first() or not end.is_open or end.state == "FINISHED"
    return won, [answer.content.decode() for answer in answers if answer.status_code == 409]


def are_told(pages):
    return all(any(words in page for words in FIRST) for page in pages)


def whistled(at, *, count=1):
    """A case with a called lead: the case, its worker, the unit's posts."""
    case, worker = make.case_in_hand(at=at)
    unit = make.department("城管局")
    blow(case, worker, unit, at=at + timedelta(minutes=10))
    return fresh(case), worker, [make.post(Role.DEPARTMENT, unit=unit) for _each in range(count)]


def blow(case, worker, unit, *, at):
    whistles.blow(
        case=fresh(case), post=worker, kind=WhistleKind.SERVICE, unit_ids=[unit.pk], lead_id=unit.pk, message="", at=at
    )  # fmt: skip


def called_by(unit):
    return {"kind": "SERVICE", "units": [unit.pk], "lead": unit.pk, "message": ""}


def open_call(case, unit):
    return Called.objects.select_related("case", "whistle").get(case=case, unit=unit, ended_at__isnull=True)


# -- one move, by two and by twenty -----------------------------------------------------------------------------------


def to_take(at, count):
    return make.case(at=at), [make.post() for _each in range(count)], {}


def to_finish(at, count):
    return make.case_in_hand(at=at)[0], [make.post() for _each in range(count)], {"words": "换好了"}


def to_hand_on(at, count):
    street = make.unit("STREET")
    return make.case_in_hand(at=at)[0], [make.post() for _each in range(count)], {"to": street.pk, "reason": "归街道"}


def to_blow(at, count):
    return make.case_in_hand(at=at)[0], [make.post() for _each in range(count)], called_by(make.department("水务局"))


def to_blow_again(at, count):
    case, _worker, _posts = whistled(at)
    return case, [make.post() for _each in range(count)], called_by(make.department("水务局"))


def to_report_in(at, count):
    case, _worker, posts = whistled(at, count=count)
    return case, posts, {"words": ""}


def to_decline(at, count):
    case, _worker, posts = whistled(at, count=count)
    return case, posts, {"words": "不是我们的"}


def to_refuse(at, count):
    return make.case(at=at), [make.post() for _each in range(count)], {"route": "BEYOND_DUTY", "reason": "请找法院"}


def to_merge(at, count):
    into = make.case(at=at, text="另一件事情")
    return make.case_in_hand(at=at)[0], [make.post() for _each in range(count)], {"into": into.number, "reason": "同"}


def finished(at, count):
    case, worker = make.case_in_hand(at=at, contact=make.contact())
    handling.finish(case=case, post=worker, result="换好了", at=at + timedelta(minutes=20))
    return fresh(case), [make.post() for _each in range(count)]


def to_confirm(at, count):
    return *finished(at, count), {"rating": 4, "reason": "电话里说修好了"}


def to_send_back(at, count):
    return *finished(at, count), {"reason": "还是不亮"}


@pytest.mark.parametrize("count", [2, MANY])
@pytest.mark.parametrize(
    ("move", "prepared"),
    [
        ("take", to_take),
        ("dispatch", to_hand_on),
        ("blow", to_blow),
        ("blow", to_blow_again),
        ("report_in", to_report_in),
        ("decline", to_decline),
        ("refuse", to_refuse),
        ("merge", to_merge),
        ("finish", to_finish),
        ("confirm", to_confirm),
        ("send_back", to_send_back),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_many_make_one_move_and_one_wins(at, move, prepared, count):
    case, posts, fields = prepared(at, count)
    made = Event.objects.filter(case=case, name=move).count()

    won, told = outcome(case, *((post, move, fields) for post in posts))

    assert won == 1
    assert Event.objects.filter(case=case, name=move).count() == made + 1
    assert are_told(told)


# -- two different moves at one moment --------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, MANY])
def test_different_units_called_at_one_moment_leave_one_lead(at, count):
    case, _worker, _posts = whistled(at)
    units = [make.department(f"第{n}局") for n in range(count)]

    won, told = outcome(case, *((make.post(), "blow", called_by(unit)) for unit in units))

    assert (won, are_told(told)) == (1, True)
    assert Called.objects.filter(case=case, unit__in=units).count() == 1


@pytest.mark.parametrize("count", [2, MANY])
def test_a_finish_and_sub_tasks_at_one_moment_leave_no_task_open(at, count):
    case, worker = make.case_in_hand(at=at)
    mate = make.post()
    due_at = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    task = {"to": f"post-{mate.pk}", "words": "去看看", "due_at": due_at}
    sent = [(worker, "finish", {"words": "换好了"}), *((make.post(), "task", task) for _each in range(count - 1))]

    won, _told = outcome(case, *sent)

    assert won >= 1
    assert fresh(case).state == "HANDLING" or not Task.objects.filter(case=case, state="GIVEN").exists()
    assert Task.objects.filter(case=case).count() == Event.objects.filter(case=case, name="task").count()


@pytest.mark.parametrize("count", [2, MANY])
def test_confirmed_and_sent_back_at_one_moment_is_one_word_of_the_resident(at, count):
    case, posts = finished(at, count)
    words = [("confirm", {"rating": 4, "reason": "好了"}), ("send_back", {"reason": "还是不亮"})]

    won, told = outcome(case, *((post, *words[n % 2]) for n, post in enumerate(posts)))

    assert (won, are_told(told)) == (1, True)
    assert Confirmation.objects.filter(case=case).count() == 1
    assert fresh(case).state in {"CLOSED", "HANDLING"}


def disputed(at):
    case, worker, (unit,) = whistled(at)
    whistles.decline(called=open_call(case, unit.unit), post=unit, reason="不是", at=at + timedelta(minutes=20))
    return fresh(case), worker, unit, Dispute.objects.get(case=case)


@pytest.mark.parametrize("count", [2, MANY])
def test_a_ruling_and_whistles_for_the_same_unit_at_one_moment_call_it_once(at, count):
    case, _worker, unit, dispute = disputed(at)
    ruled = {"dispute": dispute.pk, "outcome": RulingOutcome.ITS_OWN.value, "words": "按清单", "to": ""}
    again = called_by(unit.unit)
    sent = [(make.post(Role.STREET), "rule", ruled), *((make.post(), "blow", again) for _each in range(count - 1))]

    won, _told = outcome(case, *sent)

    assert won in {1, 2}  # the ruling stands either way: a unit that was called meanwhile is only bound to stay
    assert Called.objects.filter(case=case, unit=unit.unit, ended_at__isnull=True).count() == 1
    assert fresh(case).lead_id == unit.unit_id
    assert Ruling.objects.filter(case=case).count() == Event.objects.filter(case=case, name="rule").count() == 1


@pytest.mark.parametrize("count", [2, MANY])
def test_a_ruling_and_whistles_for_another_unit_at_one_moment_leave_one_lead(at, count):
    case, _worker, unit, dispute = disputed(at)
    other = make.department("住建局")
    ruled = {"dispute": dispute.pk, "outcome": RulingOutcome.ITS_OWN.value, "words": "按清单", "to": ""}
    sent = [(make.post(Role.STREET), "rule", ruled)]
    sent += [(make.post(), "blow", called_by(other)) for _each in range(count - 1)]

    won, _told = outcome(case, *sent)

    assert won in {1, 2}
    assert fresh(case).lead_id in {unit.unit_id, other.pk}


def test_two_desks_rule_at_one_moment_and_one_ruling_stands(at):
    case, _worker, _unit, dispute = disputed(at)
    other = make.department("住建局")
    own = {"dispute": dispute.pk, "outcome": RulingOutcome.ITS_OWN.value, "words": "按清单", "to": ""}
    others = own | {"outcome": RulingOutcome.NOT_ITS_OWN.value, "to": other.pk}

    won, told = outcome(
        case, (make.post(Role.STREET), "rule", own), (make.post(Role.DISTRICT), "rule", others)
    )  # fmt: skip

    assert (won, are_told(told)) == (1, True)
    assert Ruling.objects.filter(case=case).count() == 1


@pytest.mark.parametrize("count", [2, MANY])
def test_more_time_and_a_suspension_at_one_moment_are_each_given_once(at, count):
    case, worker = make.case_in_hand(at=at)
    for kind, until in ((ApplicationKind.EXTENSION, None), (ApplicationKind.SUSPENSION, at + timedelta(days=9))):
        handling.ask(
            case=fresh(case), post=worker, kind=kind, reason="等备件", until=until, at=at + timedelta(minutes=9)
        )
    moves = ("extend", "suspend")
    sent = [(make.post(Role.STREET), moves[n % 2], {"words": ""}) for n in range(count)]

    won, told = outcome(case, *sent)

    assert won in {1, 2}
    assert are_told(told) or won == 1  # where a suspension ends what was asked besides, that is what is said
    for move in moves:
        assert Event.objects.filter(case=case, name=move).count() <= 1
    assert won == Event.objects.filter(case=case, name__in=moves).count()


@pytest.mark.parametrize("count", [2, MANY])
def test_a_lead_that_declines_while_another_is_called_leaves_no_lead_that_is_gone(at, count):
    case, _worker, posts = whistled(at, count=count - 1)
    other = make.department("住建局")
    sent = [(make.post(), "blow", called_by(other)), *((post, "decline", {"words": "不是"}) for post in posts)]

    won, told = outcome(case, *sent)

    is_blown = Event.objects.filter(case=case, name="blow").count() == 2
    assert (won, are_told(told)) == (2 if is_blown else 1, True)  # a case that nobody is called to is another page
    assert fresh(case).lead_id == (other.pk if is_blown else None)


@pytest.mark.parametrize("count", [2, MANY])
def test_released_while_it_reports_in_a_unit_is_one_or_the_other(at, count):
    case, _worker, posts = whistled(at, count=count - 1)
    called = open_call(case, posts[0].unit)
    sent = [(make.post(), "release", {"called": called.pk, "reason": "不用来了"})]
    sent += [(post, "report_in", {"words": ""}) for post in posts]

    won, told = outcome(case, *sent)

    assert (won, are_told(told)) == (1, True)


@pytest.mark.parametrize("count", [2, MANY])
def test_handed_on_while_it_is_signed_for_a_case_goes_one_way(at, count):
    case, street = make.case(at=at), make.unit("STREET")
    sent = [(make.post(), "dispatch", {"to": street.pk, "reason": "归街道"})]
    sent += [(make.post(), "take", {}) for _each in range(count - 1)]

    won, told = outcome(case, *sent)

    assert (won, are_told(told)) == (1, True)
