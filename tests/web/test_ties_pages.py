"""Merging, taking back, splitting and linking at the desk, and what residents then read."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from linli.case import actions as cases
from linli.case.actions import likeness
from linli.case.actions.likeness import note_similar
from linli.case.models import Case, Tie
from linli.case.rules import spoken_number
from linli.handling import actions as handling
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from tests import make
from tests.web.test_casepage import enter, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=3)


@pytest.fixture
def guarded():
    """Let PostgreSQL itself guard the rows from here on, as it does for the running system."""

    def on():
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE linli_app")

    yield on
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def words_of(answer):
    return " ".join(answer.content.decode().split())


def case_of(pk):
    with acting(EVERYTHING):
        return Case.objects.get(pk=pk)


def send(client, post, case, name, given):
    return enter(client, post).post(url(post, case, "moves", name), given)


def in_hand(at):
    return make.case_in_hand(at=at, area_code=make.GRID, contact=make.contact())


def parts(unit, *words):
    rows = {f"words_{n}": said for n, said in enumerate(words, 1)}
    owners = {f"owner_{n}": unit.pk for n in range(1, len(words) + 1)}
    return rows | owners | {"reason": "两家的事"}


def test_a_case_is_split_on_screen_and_the_resident_follows_every_part(client, at, guarded):
    make.neighbourhood()
    opened = cases.open_case(received=make.received(area_code=make.GRID), at=at)
    case, worker = Case.objects.get(pk=opened.case_id), make.post()
    cases.take(case=case, post=worker, at=at)
    unit = make.department("供电公司")
    guarded()

    form = enter(client, worker).get(url(worker, case, "moves", "split"))
    answer = send(client, worker, case, "split", parts(unit, "换灯", "查线路"))
    page = words_of(client.get(url(worker, case)))
    followed = words_of(client.get(f"/f/{opened.number}/{opened.token}/"))

    with acting(EVERYTHING):
        first, second = [tie.child for tie in Tie.objects.select_related("child").order_by("pk")]
    assert (form.status_code, answer.status_code) == (200, 302)
    assert [first.owner_id, second.owner_id] == [unit.pk, unit.pk]
    assert "下级事项" in page
    assert f'<a href="../{first.pk}/">' in page
    assert "您反映的事分成几件同时办" in followed
    for child in (first, second):
        with acting(EVERYTHING):
            token = cases.follow_token(child.first_appeal_id)
        assert spoken_number(child.number) in followed
        mine = words_of(client.get(f"/f/{child.number}/{token}/"))
        assert f"这是从您反映的 {spoken_number(case.number)} 分出来单独办的一件" in mine


def test_the_owner_of_a_part_sees_the_whole_only_by_its_number(client, at, guarded):
    case, worker = in_hand(at)
    post = make.post(Role.DEPARTMENT, unit=make.department("供电公司"))
    (child,) = cases.split(
        case=case, post=worker, parts=[cases.Part("换灯", "0104", post.unit_id)], reason="归供电", at=timezone.now()
    )
    guarded()

    page = words_of(enter(client, post).get(url(post, child)))

    assert case.number in page
    assert f'<a href="../{case.pk}/">' not in page


def test_a_part_without_a_unit_keeps_what_was_typed(client, at):
    case, worker = in_hand(at)
    given = {"words_1": "换灯", "owner_1": "", "words_2": "查线路", "reason": "两家的事"}

    answer = send(client, worker, case, "split", given)

    page = words_of(answer)
    assert answer.status_code == 422
    assert "换灯" in page
    assert "查线路" in page
    assert not Tie.objects.exists()


def test_a_merge_is_shown_on_the_other_case_and_taken_back(client, at, guarded):
    case, worker = in_hand(at)
    repeat = make.case(at=at, area_code=make.GRID, text="又黑了")
    handling.merge(case=repeat, into=case, post=worker, reason="同一盏灯", at=timezone.now())
    guarded()

    page = words_of(enter(client, worker).get(url(worker, case)))
    merged = words_of(client.get(url(worker, repeat)))
    answer = send(client, worker, repeat, "unmerge", {"reason": "不是一栋楼"})
    after = words_of(client.get(url(worker, case)))

    assert "并入这一件的" in page
    assert f'<a href="../{repeat.pk}/">' in page
    assert "moves/unmerge/" in merged
    assert answer.status_code == 302
    assert case_of(repeat.pk).state == "DISPATCHED"
    assert "并入这一件的" not in after


def test_a_merge_into_a_case_that_is_over_offers_no_way_back(client, at):
    case, worker = in_hand(at)
    repeat = make.case(at=at, area_code=make.GRID, text="又黑了")
    handling.merge(case=repeat, into=case, post=worker, reason="同一盏灯", at=timezone.now())
    Case.objects.filter(pk=case.pk).update(state="CLOSED", closed_at=timezone.now())

    page = words_of(enter(client, worker).get(url(worker, repeat)))
    answer = send(client, worker, repeat, "unmerge", {"reason": "不是一栋楼"})

    assert "moves/unmerge/" not in page
    assert answer.status_code == 409
    assert case_of(repeat.pk).state == "MERGED"


def test_a_merged_reporter_reads_what_had_happened_before_and_what_happens_after(client, at):
    case, worker = in_hand(at)
    opened = cases.open_case(received=make.received(area_code=make.GRID, text="又黑了"), at=at)
    repeat = Case.objects.get(pk=opened.case_id)
    cases.take(case=repeat, post=worker, at=at)
    cases.contact(case=repeat, post=worker, words="已经电话联系您", at=at + timedelta(minutes=5))
    handling.merge(case=repeat, into=case, post=worker, reason="同一盏灯", at=at + timedelta(minutes=9))
    handling.record_step(
        case=Case.objects.get(pk=case.pk), post=worker, words="电工已经出发", at=at + timedelta(minutes=20)
    )

    page = words_of(client.get(f"/f/{opened.number}/{opened.token}/"))

    assert "已经电话联系您" in page
    assert "和同一件事合并办理" in page
    assert "电工已经出发" in page
    assert "又有 1 位居民反映同一件事" in page


def test_a_linked_case_is_named_and_waited_for(client, at, guarded):
    case, worker = in_hand(at)
    other = make.case(at=at, area_code=make.GRID, text="另一件")
    guarded()

    answer = send(client, worker, case, "link", {"child": other.number, "reason": "是它的一部分"})
    form = words_of(client.get(url(worker, case, "moves", "finish")))
    wrong = send(client, worker, case, "link", {"child": "26110000000", "reason": "是它的一部分"})

    assert answer.status_code == 302
    assert other.number in form
    assert wrong.status_code == 422
    assert "26110000000" in words_of(wrong)


@pytest.mark.parametrize(("lng", "is_offered"), [(91.1000, True), (91.1300, False)])
def test_alike_words_are_offered_only_in_the_same_place(at, lng, is_offered):
    make.case(at=at, lng=91.1, lat=29.65, area_code=make.GRID)
    case = make.case(at=at, lng=lng, lat=29.65, area_code=make.GRID)

    assert note_similar(case_id=case.pk) == int(is_offered)


def test_of_a_flood_of_reports_the_most_alike_are_kept(at, monkeypatch):
    monkeypatch.setattr(likeness, "KEPT_MAX", 2)
    words = "楼道灯坏了三天，晚上看不见路，老人上下楼不方便"
    alike = [make.case(at=at, area_code=make.GRID, text=each) for each in (words, words[:-4], words[:-8])]
    case = make.case(at=at, area_code=make.GRID, text=words)

    assert note_similar(case_id=case.pk) == 2
    assert set(case.similar.values_list("other_id", flat=True)) == {alike[0].pk, alike[1].pk}
