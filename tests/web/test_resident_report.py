"""A resident reports: each question by HTTP, bad input, pressed twice."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from linli.case import actions as cases
from linli.case.models import Case, Joined
from linli.intake.models import Appeal
from linli.place import queries as place
from linli.shared import leftovers
from linli.shared.models import Photo
from linli.web.resident import limits
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _neighbourhood(db):
    make.neighbourhood()


def picture(color="red", side=40, form="JPEG"):
    out = io.BytesIO()
    Image.new("RGB", (side, side), color).save(out, form)
    return SimpleUploadedFile(f"{color}.jpg", out.getvalue(), "image/jpeg")


def walk(client, *, what="楼道灯坏了三天", place="洛堆社区", contact=None):
    """Answer every question up to the last page; return its key."""
    client.post("/report/", {"text": what})
    client.post("/report/where/", {"address": place})
    page = client.post("/report/contact/", contact or {}, follow=True)
    return re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]


def words_of(page):
    return re.sub(r"<[^>]+>|\s+", " ", page.content.decode())


def test_the_first_page_offers_two_doors_and_the_numbers_to_call(client):
    page = client.get("/").content.decode()

    assert 'href="/report/"' in page
    assert 'href="/progress/"' in page
    for number in ("110", "119", "120"):
        assert f'href="tel:{number}"' in page


def test_reading_the_first_page_leaves_no_session_behind(client):
    client.get("/")
    client.get("/report/")

    assert "sessionid" not in client.cookies


def test_a_report_goes_through_every_question_and_becomes_a_case(client):
    first = client.post("/report/", {"text": "楼道灯坏了三天"})
    second = client.post("/report/where/", {"address": "洛堆社区3号院"})
    third = client.post("/report/contact/", {"name": "扎西", "phone": "139 0000 0001", "is_agreed": "on"})
    key = re.search(r'name="key" value="([^"]+)"', client.get("/report/check/").content.decode())[1]
    sent = client.post("/report/check/", {"key": key})

    case = Case.objects.get()
    assert [page.url for page in (first, second, third)] == ["/report/where/", "/report/contact/", "/report/check/"]
    assert (case.area_code, case.category_code, case.channel) == (make.COMMUNITY, "0104", "WEB")
    assert case.first_appeal.text == "楼道灯坏了三天"
    assert case.first_appeal.contact_id is not None
    assert sent.url == f"/f/{case.number}/{cases.follow_token(case.first_appeal_id)}/new/"


def test_the_last_page_gives_the_number_in_groups_the_link_and_the_days(client):
    key = walk(client)

    page = client.post("/report/check/", {"key": key}, follow=True)

    case = Case.objects.get()
    assert f"{case.number[:4]} {case.number[4:8]} {case.number[8:]}" in words_of(page)
    assert f"http://testserver/f/{case.number}/{cases.follow_token(case.first_appeal_id)}/" in page.content.decode()
    assert "已经转给COMMUNITY540102001001" in words_of(page)
    assert "：签收" in words_of(page)
    assert "：办结，请您确认" in words_of(page)
    assert "<svg" in page.content.decode()


def test_pressing_send_twice_answers_the_same_number(client):
    key = walk(client)

    first = client.post("/report/check/", {"key": key})
    second = client.post("/report/check/", {"key": key})

    assert first.url == second.url
    assert Case.objects.count() == 1


def test_two_presses_at_once_answer_the_same_number(client):
    key = walk(client)
    before = dict(client.session.items())
    first = client.post("/report/check/", {"key": key})
    session = client.session
    session.clear()
    session.update(before)
    session.save()

    second = client.post("/report/check/", {"key": key})

    assert first.url == second.url
    assert Case.objects.count() == 1


def test_after_sending_the_next_report_begins_empty(client):
    client.post("/report/check/", {"key": walk(client)})

    assert "楼道灯" not in client.get("/report/").content.decode()


def test_a_page_further_on_leads_back_to_the_first_open_question(client):
    assert client.get("/report/check/").url == "/report/"
    client.post("/report/", {"text": "路面有坑"})
    assert client.get("/report/contact/").url == "/report/where/"


def test_going_back_shows_what_was_typed(client):
    walk(client, contact={"phone": "13900000001", "is_agreed": "on"})

    assert "楼道灯坏了三天" in client.get("/report/").content.decode()
    assert 'value="洛堆社区"' in client.get("/report/where/").content.decode()
    assert 'value="13900000001"' in client.get("/report/contact/").content.decode()


def test_changing_the_language_on_the_way_loses_nothing(client):
    client.post("/report/", {"text": "楼道灯坏了三天"})

    client.post("/language/", {"language": "en", "next": "/report/where/"})

    assert "楼道灯坏了三天" in client.get("/report/").content.decode()


def test_what_is_kept_between_pages_is_sealed(client):
    walk(client, contact={"phone": "13900000001", "is_agreed": "on"})

    assert "13900000001" not in str(dict(client.session.items()))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "请写下发生了什么"),
        ("   \n ", "请写下发生了什么"),
        ("长" * 4001, "写了 4001 个字，最多 4000 个"),
        ("灯坏了\x00了", "控制字符"),
        ("灯坏了\x07", "控制字符"),
    ],
)
def test_words_that_cannot_be_kept_are_said_and_stay_on_the_page(client, text, fault):
    page = client.post("/report/", {"text": text})

    assert page.status_code == 422
    assert fault in words_of(page)
    assert "<title>错误：" in page.content.decode()
    assert 'href="#id_text"' in page.content.decode()
    assert text.strip()[:20].replace("\x00", "") in page.content.decode().replace("\x00", "")
    assert client.get("/report/where/").url == "/report/"


def test_more_than_can_be_read_at_once_is_said_in_words(client):
    page = client.post("/report/", {"text": "长" * 1_000_000})

    assert page.status_code == 400
    assert "太多了" in words_of(page)


def test_four_thousand_letters_with_line_ends_are_not_too_long(client):
    assert client.post("/report/", {"text": ("字" * 99 + "\r\n") * 39 + "字" * 100}).status_code == 302


def test_photos_are_kept_and_shown_again(client):
    client.post("/report/", {"text": "灯坏了", "photos": [picture("red"), picture("blue", form="PNG")]})

    page = client.get("/report/").content.decode()
    links = re.findall(r'src="(/photos/[^"]+)"', page)
    assert Photo.objects.count() == 2
    assert len(links) == 2
    answer = client.get(links[0].replace("&amp;", "&"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer["Cache-Control"].startswith("private")


def test_a_file_that_is_no_picture_is_said_beside_the_field_and_the_others_are_kept(client):
    fake = SimpleUploadedFile("virus.jpg", b"MZ" * 100, "image/jpeg")

    page = client.post("/report/", {"text": "灯坏了三天", "photos": [picture(), fake]})

    assert page.status_code == 422
    assert "第 2 张：这不是能读的照片" in words_of(page)
    assert "灯坏了三天" in page.content.decode()
    assert Photo.objects.count() == 1
    assert page.content.decode().count('name="remove"') == 1


def test_a_picture_of_too_many_pixels_is_refused(client):
    bomb = io.BytesIO()
    Image.new("1", (8_000, 8_000)).save(bomb, "PNG")

    page = client.post("/report/", {"text": "灯坏了", "photos": [SimpleUploadedFile("b.png", bomb.getvalue())]})

    assert page.status_code == 422
    assert Photo.objects.count() == 0


def test_a_photo_of_too_many_bytes_is_not_even_stored(client, settings):
    settings.PHOTO_BYTES_MAX = 100_000
    big = SimpleUploadedFile("big.jpg", b"x" * 200_000, "image/jpeg")

    page = client.post("/report/", {"text": "灯坏了", "photos": [big, picture()]})

    assert page.status_code == 422
    assert "“big.jpg”太大" in words_of(page)
    assert Photo.objects.count() == 1


def test_the_tenth_photo_is_not_taken(client):
    page = client.post("/report/", {"text": "灯坏了", "photos": [picture(side=9) for _ in range(10)]})

    assert "最多 9 张照片" in words_of(page)
    assert Photo.objects.count() == 9


def test_a_photo_can_be_taken_out_again(client):
    page = client.post("/report/", {"text": "", "photos": [picture()]})
    photo_id = re.search(r'name="remove"\s+value="([^"]+)"', page.content.decode())[1]

    client.post("/report/", {"text": "灯坏了", "remove": photo_id})

    assert 'name="remove"' not in client.get("/report/").content.decode()
    assert Photo.objects.count() == 0


def test_a_photo_that_waited_too_long_is_told_and_the_rest_can_be_sent(client):
    client.post("/report/", {"text": "楼道灯坏了三天", "photos": [picture()]})
    key = walk(client)
    leftovers.drop_unnamed(at=timezone.now() + timedelta(days=2))

    told = client.post("/report/check/", {"key": key})
    sent = client.post("/report/check/", {"key": key})

    assert told.status_code == 409
    assert "有照片放得太久，已经清除" in words_of(told)
    assert sent.status_code == 302
    assert Appeal.objects.get().photo_ids == []


def test_the_photos_reach_the_appeal(client):
    client.post("/report/", {"text": "灯坏了三天", "photos": [picture()]})
    client.post("/report/where/", {"address": "洛堆社区"})
    page = client.post("/report/contact/", {}, follow=True)
    key = re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]
    client.post("/report/check/", {"key": key})

    assert Appeal.objects.get().photo_ids == [Photo.objects.get().pk]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("三楼着火了，有人晕倒", ["119", "120"]),
        ("厨房有煤气味", ["119"]),
        ("电梯里有人被困", ["119"]),
        ("有人持刀打架", ["110"]),
        ("路灯不亮", []),
    ],
)
def test_words_of_danger_put_the_number_first_and_never_block(client, text, numbers):
    page = client.post("/report/", {"text": text}, follow=True)

    called = re.findall(r'href="tel:(\d+)"', page.content.decode())
    assert page.status_code == 200
    assert called == numbers


@pytest.mark.parametrize(
    "point",
    [
        {"lng": "abc", "lat": "29.6"},
        {"lng": "91.1", "lat": ""},
        {"lng": "nan", "lat": "29.6"},
        {"lng": "191.1", "lat": "29.6"},
        {"lng": "91.1", "lat": "29.6", "datum": "MARS"},
    ],
)
def test_a_point_that_cannot_be_read_is_said_and_the_words_stay(client, point):
    client.post("/report/", {"text": "灯坏了"})

    page = client.post("/report/where/", {"address": "洛堆社区"} | point)

    assert page.status_code == 422
    assert 'value="洛堆社区"' in page.content.decode()


def test_no_place_at_all_is_asked_for_once_and_may_be_said_to_be_unknown(client):
    client.post("/report/", {"text": "路灯不亮"})

    empty = client.post("/report/where/", {})
    unknown = client.post("/report/where/", {"is_place_unknown": "on"})

    assert empty.status_code == 422
    assert unknown.url == "/report/contact/"


def test_an_address_too_long_is_said_in_words(client):
    client.post("/report/", {"text": "路灯不亮"})

    assert "最多 300 个" in words_of(client.post("/report/where/", {"address": "长" * 301}))


def test_a_point_outside_the_district_is_kept_marked_and_goes_to_the_district_desk(client):
    client.post("/report/", {"text": "路灯不亮"})
    client.post("/report/where/", {"lng": "120.15", "lat": "30.28", "datum": "WGS84"})
    page = client.post("/report/contact/", {}, follow=True)
    key = re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]
    client.post("/report/check/", {"key": key})

    case = Case.objects.get()
    assert "不在本区范围内" in words_of(page)
    assert case.is_outside
    assert case.owner.kind == "DISTRICT"
    assert (case.lng, case.lat) == (120.15, 30.28)


def test_the_code_on_a_building_fills_in_the_place(client):
    make.area(make.GRID, "01网格")
    page = client.get(f"/report/?area={make.GRID}")
    client.post("/report/", {"text": "路灯不亮", "area": make.GRID})

    asked = client.get("/report/where/")
    client.post("/report/where/", {"is_in_area": "on"})
    key_page = client.post("/report/contact/", {}, follow=True)
    client.post("/report/check/", {"key": re.search(r'name="key" value="([^"]+)"', key_page.content.decode())[1]})

    assert f'name="area" value="{make.GRID}"' in page.content.decode()
    assert "就在您扫码的地方" in words_of(asked)
    assert Case.objects.get().area_code == make.GRID


@pytest.mark.parametrize("area", ["999999999999", "'; drop table", "１２３", "5" * 30])
def test_an_unknown_code_is_passed_over(client, area):
    page = client.get("/report/", {"area": area})

    assert page.status_code == 200
    assert 'name="area" value=""' in page.content.decode()


def test_words_that_say_no_category_ask_for_it_in_plain_words(client):
    client.post("/report/", {"text": "有点事"})

    asked = client.post("/report/where/", {"address": "洛堆社区"}, follow=True)
    chosen = client.post("/report/about/", {"another": "0503"})

    assert asked.request["PATH_INFO"] == "/report/about/"
    assert chosen.url == "/report/contact/"


def test_a_category_nobody_knows_is_not_taken(client):
    client.post("/report/", {"text": "有点事"})
    client.post("/report/where/", {"address": "洛堆社区"})

    assert client.post("/report/about/", {"category": "+", "another": "0000"}).status_code == 422
    assert client.post("/report/about/", {"category": "+"}).status_code == 422
    assert client.post("/report/about/", {}).status_code == 422
    assert client.post("/report/about/", {"category": "-"}).status_code == 302


def open_nearby(text="楼道灯不亮，我家住301，电话13911112222", days=1):
    opened = cases.open_case(
        received=make.received(text=text, address="3号院301"), at=timezone.now() - timedelta(days=days)
    )
    return Case.objects.get(pk=opened.case_id)


def test_open_cases_nearby_are_shown_without_anybodys_words(client):
    other = open_nearby()
    client.post("/report/", {"text": "楼道灯坏了三天"})

    page = client.post("/report/where/", {"address": "洛堆社区"}, follow=True)

    assert page.request["PATH_INFO"] == "/report/same/"
    assert other.number in page.content.decode()
    for private in ("301", "13911112222", "不亮"):
        assert private not in words_of(page)


def test_a_neighbours_place_is_named_no_closer_than_the_grid(client):
    make.area(make.GRID + "00002", "2栋")
    cases.open_case(received=make.received(area_code=make.GRID + "00002"), at=timezone.now())
    client.post("/report/", {"text": "楼道灯坏了三天"})

    page = client.post("/report/where/", {"address": "洛堆社区"}, follow=True)

    assert "01网格" in words_of(page)
    assert "2栋" not in words_of(page)


def test_a_confidential_case_is_not_shown_to_neighbours(client):
    cases.open_case(received=make.received(is_confidential=True), at=timezone.now())
    client.post("/report/", {"text": "楼道灯坏了三天"})

    assert client.post("/report/where/", {"address": "洛堆社区"}).url == "/report/contact/"


def test_saying_it_is_the_same_joins_the_open_case(client):
    other = open_nearby()
    client.post("/report/", {"text": "楼道灯坏了三天"})
    client.post("/report/where/", {"address": "洛堆社区"})
    client.post("/report/same/", {"same": other.number})
    page = client.post("/report/contact/", {}, follow=True)
    key = re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]

    first = client.post("/report/check/", {"key": key})
    second = client.post("/report/check/", {"key": key})

    other.refresh_from_db()
    assert first.url == second.url
    assert first.url.startswith(f"/f/{other.number}/")
    assert (Case.objects.count(), Joined.objects.count(), other.joined_count) == (1, 1, 1)
    assert client.get(first.url).status_code == 200


def test_joining_twice_at_once_joins_once(client):
    other = open_nearby()
    received = make.received(idempotency_key="same")

    first = cases.join(case=other, received=received, at=timezone.now())
    second = cases.join(case=other, received=received, at=timezone.now())

    assert (first.token, second.is_repeat, Joined.objects.count()) == (second.token, True, 1)


def test_a_case_closed_meanwhile_is_said_and_the_report_becomes_its_own(client):
    other = open_nearby()
    client.post("/report/", {"text": "楼道灯坏了三天"})
    client.post("/report/where/", {"address": "洛堆社区"})
    client.post("/report/same/", {"same": other.number})
    page = client.post("/report/contact/", {}, follow=True)
    key = re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]
    cases.withdraw(case=other, reason="", at=timezone.now())

    told = client.post("/report/check/", {"key": key})
    client.post("/report/check/", {"key": key})

    assert told.status_code == 409
    assert "刚刚办完了" in words_of(told)
    assert Case.objects.count() == 2


def test_a_case_that_was_not_offered_cannot_be_joined(client):
    far = cases.open_case(received=make.received(text="低保怎么申请", category_code="0703"), at=timezone.now())
    open_nearby()
    client.post("/report/", {"text": "楼道灯坏了三天"})
    client.post("/report/where/", {"address": "洛堆社区"})

    assert client.post("/report/same/", {"same": far.number}).status_code == 422


def test_another_one_is_possible(client):
    open_nearby()
    client.post("/report/", {"text": "楼道灯坏了三天"})
    client.post("/report/where/", {"address": "洛堆社区"})

    assert client.post("/report/same/", {"same": "new"}).url == "/report/contact/"


def test_nothing_given_is_anonymous(client):
    client.post("/report/check/", {"key": walk(client)})

    appeal = Appeal.objects.get()
    assert appeal.is_anonymous
    assert appeal.contact_id is None


def test_a_contact_without_consent_is_asked_for_it_and_stays_on_the_page(client):
    client.post("/report/", {"text": "楼道灯坏了"})
    client.post("/report/where/", {"address": "洛堆社区"})

    page = client.post("/report/contact/", {"phone": "13900000001"})

    assert page.status_code == 422
    assert "需要您同意" in words_of(page)
    assert 'value="13900000001"' in page.content.decode()


@pytest.mark.parametrize("contact", [{"phone": "123"}, {"email": "nobody"}, {"name": "长" * 41}])
def test_a_contact_that_cannot_be_one_is_said_beside_its_field(client, contact):
    client.post("/report/", {"text": "楼道灯坏了"})
    client.post("/report/where/", {"address": "洛堆社区"})

    page = client.post("/report/contact/", contact | {"is_agreed": "on"})

    assert page.status_code == 422
    assert f'id="id_{next(iter(contact))}-error"' in page.content.decode()


def test_a_phone_number_in_the_words_is_pointed_out_before_sending(client):
    walk(client, what="楼道灯坏了，打我电话13900000001")

    assert "好像有电话或身份证号码" in words_of(client.get("/report/check/"))


def test_a_shared_machine_can_be_cleared(client):
    client.post("/report/", {"text": "", "photos": [picture()]})
    walk(client)

    client.post("/report/over/")

    assert Photo.objects.count() == 0
    assert "楼道灯" not in client.get("/report/").content.decode()


def test_too_many_reports_from_one_address_are_asked_to_wait(client, monkeypatch):
    monkeypatch.setattr(limits, "count", lambda *_arguments, **_options: 121)

    page = client.post("/report/", {"text": "楼道灯坏了"})

    assert page.status_code == 429
    assert page["Retry-After"] == "3600"


def test_a_stale_key_shows_the_page_again_and_sends_nothing(client):
    walk(client)

    page = client.post("/report/check/", {"key": "made-up"})

    assert page.status_code == 200
    assert Case.objects.count() == 0


def test_the_map_has_shapes_or_nothing_but_never_a_fault(client):
    place.forget()

    answer = client.get("/report/map/")

    assert answer.status_code == 200
    assert answer.json()["type"] == "FeatureCollection"
    assert client.get("/report/map/", headers={"If-None-Match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/", "/report/", "/progress/"])
@pytest.mark.parametrize("language", ["zh-hans", "bo", "en"])
def test_the_first_pages_answer_in_every_language(client, path, language):
    client.cookies["django_language"] = language

    assert client.get(path).status_code == 200
