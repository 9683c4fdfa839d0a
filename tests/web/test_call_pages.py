"""The page of a call: every step through it, two taps for a mistake, a case, a visit; who comes second is told."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from linli.call import actions as calls
from linli.call.models import Call, CallEvent, FollowUp, HoldingContact, Responder
from linli.case.models import Case
from linli.people import actions as people
from linli.people.models import Look, Need
from linli.shared.models import Export
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.web.times import exact_words
from tests import make, make_call
from tests.web.test_call_board import HEARERS, a_post, enter

STATEMENTS = 18  # session, who sees it, the call, who calls, who comes, who was told, the story
MOVES = {
    "answer": {}, "join_in": {}, "attend": {}, "ring_back": {}, "not_reached": {}, "no_entry": {}, "call_120": {},
    "call_119": {}, "give_up": {"words": "车坏了"}, "note": {"words": "门开了"}, "close": {"outcome": "FALL"},
    "reopen": {"words": "又按了"}, "raise_case": {"words": "扶手断了"}, "follow_up": {"words": "好了"},
}  # fmt: skip

pytestmark = pytest.mark.django_db


def raised(**columns):
    return make_call.call(at=timezone.now(), **columns)


def step(client, call, name, **given):
    return client.post(f"/calls/{call.pk}/moves/{name}/", given)


def names(call):
    made = CallEvent.objects.filter(call=call).exclude(name="unreached")  # the system's own word
    return list(made.order_by("sequence").values_list("name", flat=True))


@pytest.mark.parametrize("role", HEARERS)
def test_every_step_can_be_made_from_the_page(role):
    post, call = a_post(role), raised()
    client = enter(post)

    for name in ("ring_back", "not_reached", "call_120", "answer", "no_entry", "attend", "call_119"):
        assert step(client, call, name).status_code == 302
    assert step(client, call, "note", words="门开了").status_code == 302
    assert step(client, call, "close", outcome="FALL", words="扶起来了，没有外伤").status_code == 302
    assert step(client, call, "follow_up", words="今天好多了，已告诉她谁看过资料").status_code == 302
    assert step(client, call, "reopen", words="又按了").status_code == 302

    assert names(call)[-4:] == ["note", "close", "follow_up", "reopen"]
    page = client.get(f"/calls/{call.pk}/").content.decode()
    for words in ("门开了", "扶起来了，没有外伤", "跌倒", "没有人接应"):
        assert words in page


def test_a_mistaken_press_closes_in_two_taps_and_asks_for_nothing():
    call = raised()
    client = enter(a_post(Role.GRID))

    step(client, call, "answer")
    step(client, call, "close", outcome="MISTAKE")

    call.refresh_from_db()
    assert (call.state, call.outcome) == ("CLOSED", "MISTAKE")
    assert FollowUp.objects.count() == 0


def test_closing_without_an_outcome_or_an_answer_is_refused_and_keeps_what_was_typed():
    call = raised()
    client = enter(a_post(Role.GRID))
    early = step(client, call, "close", outcome="FALL", words="写了一半")
    step(client, call, "answer")
    without = step(client, call, "close", words="写了一半")

    assert (early.status_code, without.status_code) == (422, 422)
    assert "写了一半" in without.content.decode()
    assert "请选一个结果" in without.content.decode()
    assert names(call) == ["raise", "answer"]


def test_who_closes_second_is_told_and_nothing_is_written_twice():
    call = raised()
    first, second = enter(a_post(Role.GRID)), enter(a_post(Role.COMMUNITY))
    step(first, call, "answer")
    step(first, call, "close", outcome="ILLNESS")

    late = step(second, call, "close", outcome="MISTAKE")

    assert late.status_code in {409, 422}
    call.refresh_from_db()
    assert call.outcome == "ILLNESS"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_who_close_in_the_same_moment_leave_one_outcome():
    call = raised()
    posts = [a_post(Role.GRID), a_post(Role.COMMUNITY)]
    clients = [enter(post) for post in posts]
    for client in clients:
        step(client, call, "answer")
    codes = []

    def go(client, outcome):
        codes.append(step(client, call, "close", outcome=outcome).status_code)
        connection.close()

    threads = [threading.Thread(target=go, args=pair) for pair in zip(clients, ("FALL", "MISTAKE"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert min(codes) == 302
    assert max(codes) in {409, 422}
    assert names(call).count("close") == 1


def test_another_area_and_other_roles_get_nothing_and_write_nothing():
    call = raised()
    make.area("540102002", "别的街道")
    make.area("540102002001", "别的社区")
    stranger = make.post(Role.COMMUNITY, unit=make.unit("COMMUNITY", area_code="540102002001", name="别的社区"))
    city = make.post(Role.DEPARTMENT, unit=make.department())

    assert enter(stranger).get(f"/calls/{call.pk}/").status_code == 409
    assert step(enter(stranger), call, "answer").status_code == 409
    assert enter(city).get(f"/calls/{call.pk}/").status_code == 403
    assert step(enter(city), call, "answer").status_code == 403
    assert names(call) == ["raise"]
    assert (Look.objects.count(), Responder.objects.count()) == (0, 0)


def test_an_unknown_step_is_no_step():
    call = raised()

    assert step(enter(a_post(Role.GRID)), call, "climb").status_code == 404
    assert names(call) == ["raise"]


def test_whom_to_ring_is_opened_by_a_click_that_is_on_record():
    held = make_call.holding()
    family = people.keep_contact(name="央金", phone="13900000002", at=make.AT)
    HoldingContact.objects.create(holding=held, contact_id=family, relation="女儿")
    call = raised(held=held)
    client = enter(a_post(Role.COMMUNITY))
    before = client.get(f"/calls/{call.pk}/").content.decode()

    after = client.post(f"/calls/{call.pk}/contacts/").content.decode()

    assert "13900000002" not in before
    assert 'href="tel:13900000002"' in after
    assert sorted(Look.objects.values_list("what", flat=True)) == ["CONTACT", "RECORD"]


def test_what_needs_doing_becomes_one_case():
    call = raised()
    client = enter(a_post(Role.COMMUNITY))
    step(client, call, "answer")
    step(client, call, "raise_case", words="楼道扶手断了，老人差点摔下去")
    again = step(client, call, "raise_case", words="楼道扶手断了，老人差点摔下去")

    case = Case.objects.get()
    call.refresh_from_db()
    assert (case.channel, call.appeal_id) == ("CALL", case.first_appeal_id)
    assert again.status_code == 422
    assert case.number in client.get(f"/calls/{call.pk}/").content.decode()


def test_giving_up_needs_a_reason_and_starts_again():
    call = raised()
    client = enter(a_post(Role.GRID))
    step(client, call, "answer")

    assert step(client, call, "give_up", words=" ").status_code == 422
    step(client, call, "give_up", words="车坏在路上")

    call.refresh_from_db()
    assert call.state == "RAISED"


def test_calls_and_visits_are_found_in_lists():
    call = raised()
    client = enter(a_post(Role.COMMUNITY))
    step(client, call, "answer")
    step(client, call, "close", outcome="FALL")

    assert call.number in client.get("/calls/past/", {"q": call.number}).content.decode()
    assert call.number not in client.get("/calls/past/", {"outcome": "MISTAKE"}).content.decode()
    assert call.number in client.get("/calls/visits/").content.decode()
    step(client, call, "follow_up", words="好了")
    assert call.number not in client.get("/calls/visits/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_calls_costs_the_same_for_one_and_three(count, django_assert_num_queries):
    client = enter(a_post(Role.COMMUNITY))
    for ref in range(count):
        raised(ref=str(ref))
    client.get("/calls/past/")

    with django_assert_num_queries(2):
        client.get("/calls/past/")


def test_a_closed_call_opens_nobody():
    call = raised()
    client = enter(a_post(Role.GRID))
    step(client, call, "answer")
    step(client, call, "close", outcome="MISTAKE")
    Look.objects.all().delete()

    page = client.get(f"/calls/{call.pk}/").content.decode()

    assert "次仁" not in page
    assert Look.objects.count() == 0


def together(*acts):
    """Do several things in the same moment; return what each came to."""
    codes, gate = [], threading.Barrier(len(acts))

    def go(act):
        try:
            gate.wait()
            codes.append(act().status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(codes)


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.ADMIN, Role.AUDITOR])
def test_no_step_is_made_by_a_role_that_is_not_told(role, name):
    make.neighbourhood()
    post = make.post(role, unit=make.department() if role == Role.DEPARTMENT else make.unit("DISTRICT"))
    call = raised()

    assert step(enter(post), call, name, **MOVES[name]).status_code == 403
    assert names(call) == ["raise"]
    assert (Look.objects.count(), Responder.objects.count(), Case.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("name", MOVES)
def test_no_step_is_made_by_another_area(name):
    call = raised()
    make.area("540102002", "别的街道")
    make.area("540102002001", "别的社区")
    stranger = make.post(Role.COMMUNITY, unit=make.unit("COMMUNITY", area_code="540102002001", name="别的社区"))

    assert step(enter(stranger), call, name, **MOVES[name]).status_code == 409
    assert names(call) == ["raise"]
    assert (Look.objects.count(), Responder.objects.count(), Case.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_twenty_answer_from_the_page_at_once_and_one_is_first():
    call = raised()
    make.neighbourhood()
    clients = [enter(make.post(Role.GRID, area_code=make.GRID)) for _ in range(20)]

    codes = together(*(lambda client=client: step(client, call, "answer") for client in clients))

    assert codes == [302] * 20
    assert (names(call).count("answer"), names(call).count("join_in")) == (1, 19)
    assert Responder.objects.filter(call=call).count() == 20
    call.refresh_from_db()
    assert call.answered_by_post_id == CallEvent.objects.get(call=call, name="answer").by_post_id


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("second", ["楼道扶手断了", "灯也不亮"])
def test_two_who_open_its_case_in_the_same_moment_open_one(second):
    call = raised()
    clients = [enter(a_post(role)) for role in (Role.GRID, Role.COMMUNITY)]
    step(clients[0], call, "answer")

    codes = together(
        lambda: step(clients[0], call, "raise_case", words="楼道扶手断了"),
        lambda: step(clients[1], call, "raise_case", words=second),
    )

    assert codes == [302, 422]
    assert (Case.objects.count(), names(call).count("raise_case")) == (1, 1)


def test_a_case_is_remembered_once_whatever_was_read_before():
    post, call = a_post(Role.GRID), raised()
    calls.answer(call=call, post=post, at=timezone.now())
    stale = Call.objects.get(pk=call.pk)
    calls.raise_case(call=call, post=post, appeal_id=1, number="1", at=timezone.now())

    with pytest.raises(Refused, match="已经转成工单"):
        calls.raise_case(call=stale, post=post, appeal_id=2, number="2", at=timezone.now())

    assert Call.objects.get(pk=call.pk).appeal_id == 1
    assert names(call).count("raise_case") == 1


def test_no_case_of_nothing_is_opened():
    call = raised()
    client = enter(a_post(Role.COMMUNITY))
    step(client, call, "answer")

    assert step(client, call, "raise_case", words="  ").status_code == 422
    assert (Case.objects.count(), names(call)) == (0, ["raise", "answer"])


def test_what_was_typed_stands_in_its_own_form_again():
    call = raised()
    client = enter(a_post(Role.GRID))
    step(client, call, "answer")

    page = step(client, call, "close", words="写了一半").content.decode()

    assert page.count("写了一半") == 1
    assert page.index("写了一半") > page.index('id="close-words"')


def test_what_was_typed_for_a_step_that_somebody_else_made_may_be_kept_as_a_note():
    call = raised()
    first, second = enter(a_post(Role.GRID)), enter(a_post(Role.COMMUNITY))
    step(first, call, "answer")
    step(first, call, "close", outcome="MISTAKE")

    page = step(second, call, "close", outcome="FALL", words="左腿疼").content.decode()

    assert page.count("左腿疼") == 1
    assert page.index("左腿疼") > page.index('id="note-words"')


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_the_same_for_one_and_three_who_come(count, django_assert_num_queries):
    call = raised()
    for _ in range(count):
        calls.answer(call=call, post=make.post(Role.GRID, area_code=make.GRID), at=timezone.now())
    client = enter(a_post(Role.COMMUNITY))
    client.get(f"/calls/{call.pk}/")

    with django_assert_num_queries(STATEMENTS):
        client.get(f"/calls/{call.pk}/")


def test_both_clocks_are_shown_where_the_device_is_wrong():
    held = make_call.holding()
    pressed = timezone.now() - timedelta(hours=3)
    call = raised(held=held, pressed_at=pressed)

    page = enter(a_post(Role.GRID)).get(f"/calls/{call.pk}/").content.decode()

    assert exact_words(pressed) in page
    assert exact_words(call.press.received_at) in page


def test_a_need_is_suggested_by_name_and_nothing_is_added():
    call = raised()
    client = enter(a_post(Role.COMMUNITY))
    step(client, call, "answer")
    step(client, call, "close", outcome="COMPANY")

    assert "独居" in client.get(f"/calls/{call.pk}/").content.decode()
    assert Need.objects.count() == 0


def test_calls_are_taken_along_in_a_file_only_with_a_purpose_and_on_record():
    call = raised()
    client = enter(a_post(Role.COMMUNITY))

    asked = client.get("/calls/past/", {"export": "csv"}).content.decode()
    assert 'name="purpose"' in asked
    assert Export.objects.count() == 0

    answer = client.get("/calls/past/", {"export": "csv", "purpose": "SERVICE", "state": "RAISED"})
    written = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert call.number in written.decode("utf-8-sig")
    assert Export.objects.count() == 1
