"""Proposals, parts, sub-tasks and rulings as a person makes them, with PostgreSQL guarding the rows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from linli.case.models import Case, Event
from linli.handling import actions as handling
from linli.handling.models import Task
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.whistle import actions as whistles
from linli.whistle.models import Called, Dispute, Ruling
from tests import make
from tests.web.test_casepage import enter, url, whistled

pytestmark = pytest.mark.django_db


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def guarded(request):
    """Let PostgreSQL itself guard the rows from here on, as it does for the running system."""

    def on():
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE linli_app")

    yield on
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def open_call(case, post):
    with acting(EVERYTHING):
        return Called.objects.select_related("case", "whistle").get(case=case, unit=post.unit, ended_at__isnull=True)


def the(model):
    """The only row of a table."""
    with acting(EVERYTHING):
        return model.objects.get()


def text_of(answer):
    return " ".join(answer.content.decode().split())


def then(**spans):
    return (timezone.localtime() + timedelta(**spans)).strftime("%Y-%m-%dT%H:%M")


def send(client, post, case, name, given):
    return enter(client, post).post(url(post, case, "moves", name), given)


def test_a_proposal_is_made_seen_and_accepted(client, at, guarded):
    case, posts = whistled(at)
    guarded()
    send(client, posts["lead"], case, "counter", {"words": "配件后天到", "proposed_due_at": then(days=2)})

    page = text_of(enter(client, posts["worker"]).get(url(posts["worker"], case)))
    listed = text_of(client.get("/community/lists/proposals/"))
    called = open_call(case, posts["lead"])
    answer = send(client, posts["worker"], case, "agree", {"called": called.pk, "words": "好的"})

    assert "城管局提出改到" in page
    assert f"moves/agree/?called={called.pk}" in page
    assert case.number in listed
    assert answer.status_code == 302
    assert open_call(case, posts["lead"]).state == "REPORTED_IN"
    assert "约定" in text_of(client.get(url(posts["worker"], case)))


def test_a_part_is_done_from_the_desk_and_the_lead_reads_it(client, at, guarded):
    case, posts = whistled(at)
    for who in ("lead", "other"):
        whistles.report_in(called=open_call(case, posts[who]), post=posts[who], at=timezone.now())
    guarded()

    row = text_of(enter(client, posts["other"]).get("/department/in-hand/"))
    answer = send(client, posts["other"], case, "part", {"words": "线路已断电"})
    seen = text_of(enter(client, posts["lead"]).get(url(posts["lead"], case)))

    assert f"/department/cases/{case.pk}/moves/part/" in row
    assert answer.status_code == 302
    assert "供电公司的部分办完了" in seen
    assert "线路已断电" in seen
    assert "已办完，等牵头单位办结" in text_of(enter(client, posts["other"]).get("/department/waiting/"))


def test_finishing_asks_why_one_does_not_wait_only_where_something_is_open(client, at):
    case, posts = whistled(at)

    form = text_of(enter(client, posts["worker"]).get(url(posts["worker"], case, "moves", "finish")))
    refused = send(client, posts["worker"], case, "finish", {"words": "好了"})

    assert "为什么不等没办完的部分" in form
    assert "供电公司" in form
    assert refused.status_code == 422
    assert "好了" in text_of(refused)
    assert Case.objects.get(pk=case.pk).state == "WHISTLED"


def test_a_sub_task_is_given_listed_done_and_sent_back(client, at, guarded):
    case, posts = whistled(at)
    whistles.report_in(called=open_call(case, posts["other"]), post=posts["other"], at=timezone.now())
    guarded()
    asked = {"to": f"unit-{posts['other'].unit_id}", "words": "把三楼的闸拉下来", "due_at": then(hours=5)}

    given = send(client, posts["worker"], case, "task", asked)
    listed = text_of(enter(client, posts["other"]).get("/department/in-hand/"))
    task = the(Task)
    done = send(client, posts["other"], case, "task_done", {"task": task.pk, "words": "已拉闸"})
    page = text_of(enter(client, posts["worker"]).get(url(posts["worker"], case)))
    back = send(
        client, posts["worker"], case, "task_back", {"task": task.pk, "words": "是四楼", "due_at": then(hours=9)}
    )

    assert [answer.status_code for answer in (given, done, back)] == [302, 302, 302]
    assert "把三楼的闸拉下来" in listed
    assert "给我们的子任务" in listed
    assert "供电公司已完成" in page
    assert "已拉闸" in page
    task = the(Task)
    assert (task.state, task.returned_count) == ("GIVEN", 1)


def test_a_sub_task_without_a_time_keeps_what_was_typed(client, at):
    case, posts = whistled(at)

    answer = send(client, posts["worker"], case, "task", {"to": "", "words": "把三楼的闸拉下来", "due_at": ""})

    assert answer.status_code == 422
    assert "把三楼的闸拉下来" in text_of(answer)
    assert not Task.objects.exists()


def test_the_desk_above_sees_the_precedents_and_rules(client, at, guarded):
    before, earlier = whistled(at - timedelta(days=9))
    for who in ("lead", "other"):
        whistles.report_in(called=open_call(before, earlier[who]), post=earlier[who], at=at - timedelta(days=8))
    handling.finish(
        case=Case.objects.get(pk=before.pk), post=earlier["lead"], result="好了", despite="-", at=at - timedelta(days=7)
    )
    case, posts = whistled(at)
    guarded()

    asked = text_of(enter(client, posts["lead"]).get(url(posts["lead"], case, "moves", "decline")))
    send(client, posts["lead"], case, "decline", {"words": "是物业的管线"})
    waiting = text_of(enter(client, posts["street"]).get("/community/lists/rulings/"))
    form = text_of(client.get(url(posts["street"], case, "moves", "rule")))
    dispute = the(Dispute)
    answer = send(
        client,
        posts["street"],
        case,
        "rule",
        {"dispute": dispute.pk, "outcome": "ITS_OWN", "to": "", "words": "职责清单第三条"},
    )

    assert "办过 1 件" in asked
    assert before.number in asked
    assert f'href="../../../{before.pk}/"' not in asked
    assert case.number in waiting
    assert f'href="../../../{before.pk}/"' in form
    assert answer.status_code == 302
    assert the(Ruling).outcome == "ITS_OWN"
    seen = text_of(enter(client, posts["lead"]).get(url(posts["lead"], case)))
    assert "裁定：归城管局" in seen
    assert f"moves/ask_review/?dispute={dispute.pk}" in seen
    assert "moves/decline/" not in seen


def test_a_review_goes_to_the_district(client, at, guarded):
    case, posts = whistled(at)
    whistles.decline(called=open_call(case, posts["lead"]), post=posts["lead"], reason="不是", at=timezone.now())
    dispute = Dispute.objects.select_related("case", "called__whistle").get()
    district = make.post(Role.DISTRICT)
    guarded()
    send(
        client,
        posts["street"],
        case,
        "rule",
        {"dispute": dispute.pk, "outcome": "NOT_ITS_OWN", "to": posts["other"].unit_id, "words": "线路归供电"},
    )

    asked = send(client, posts["other"], case, "ask_review", {"dispute": dispute.pk, "words": "表后线不归我们"})
    enter(client, district)
    listed = text_of(client.get("/district/rulings/"))
    form = client.get(f"/district/cases/{case.pk}/moves/rule/")

    assert asked.status_code == 302
    assert case.number in listed
    assert form.status_code == 200


def test_an_emergency_offers_only_to_come(client, at):
    case, posts = whistled(at)
    Case.objects.get(pk=case.pk).whistles.update(kind="EMERGENCY")

    page = text_of(enter(client, posts["lead"]).get(url(posts["lead"], case)))
    refused = send(client, posts["lead"], case, "decline", {"words": "不是"})

    assert "moves/report_in/" in page
    assert "moves/decline/" not in page
    assert refused.status_code == 409
    assert "应急哨要先到场" in text_of(refused)


def test_a_health_station_answers_at_its_desk(client, at):
    case, posts = whistled(at)
    nurse = make.post(Role.HEALTH)
    asked = {"kind": "SERVICE", "units": [nurse.unit_id], "lead": nurse.unit_id, "message": "老人头晕"}

    blown = send(client, posts["worker"], case, "blow", asked)
    client.force_login(nurse.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    listed = text_of(client.get("/department/"))
    answer = client.post(f"/department/cases/{case.pk}/moves/report_in/", {})

    assert blown.status_code == 302
    assert case.title in listed
    assert answer.status_code == 302
    assert Event.objects.filter(case=case, name="report_in").count() == 1


def test_the_story_says_why_a_case_was_raised_by_itself(client, at):
    case, posts = whistled(at)
    names = []
    for who in ("lead", "other"):
        whistles.decline(called=open_call(case, posts[who]), post=posts[who], reason="不是", at=timezone.now())
        names.append(posts[who].unit.name)
    third = make.post(Role.DEPARTMENT, unit=make.department("住建局"))
    send(
        client,
        posts["worker"],
        case,
        "blow",
        {"kind": "SERVICE", "units": [third.unit_id], "lead": third.unit_id, "message": ""},
    )
    whistles.decline(called=open_call(case, third), post=third, reason="不是", at=timezone.now())

    page = text_of(enter(client, posts["worker"]).get(url(posts["worker"], case)))

    assert "退回 3 次；城管局、供电公司、住建局都没有牵头，已自动提请" in page
