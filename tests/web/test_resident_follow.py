"""The private link: the story, the resident's own moves, and what nobody else may read."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from linli.case import actions as cases
from linli.case.models import Case, Event
from linli.case.rules import spoken_number
from linli.confirm import actions as confirms
from linli.confirm.models import Confirmation
from linli.handling import actions as handling
from linli.shared.actions import keep_photo
from linli.shared.roles import Role
from linli.web import photos
from linli.web.resident import doors, limits
from linli.whistle import actions as whistles
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db


def picture():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "JPEG")
    return out.getvalue()


def kept_photo():
    return keep_photo(content=picture(), at=make.AT).pk


def link_to(case, appeal_id=None):
    return f"/f/{case.number}/{cases.follow_token(appeal_id or case.first_appeal_id)}/"


def finished(**columns):
    case, worker = make.case_in_hand(at=timezone.now() - timedelta(hours=5), **columns)
    handling.finish(case=case, post=worker, result="换了灯泡，亮了", at=timezone.now() - timedelta(hours=1))
    return case


def words_of(page):
    return re.sub(r"<[^>]+>|\s+", " ", page.content.decode())


def joined_to(case, **columns):
    received = make.received(**({"text": "我家这边也黑"} | columns))
    return cases.join(case=case, received=received, at=timezone.now())


# -- reading -------------------------------------------------------------------------------------------------------


def test_the_story_is_told_in_plain_words_with_names_and_days(client):
    case, worker = make.case_in_hand(at=timezone.now() - timedelta(hours=1))
    lead = make.post(Role.DEPARTMENT, unit=make.department("城管局"))
    whistles.blow(
        case=case,
        post=worker,
        kind=WhistleKind.SERVICE,
        unit_ids=[lead.unit_id],
        lead_id=lead.unit_id,
        message="请来看看",
        at=timezone.now(),
    )

    page = client.get(link_to(case))

    text = words_of(page)
    assert page.status_code == 200
    for words in (
        "您反映了这件事",
        "楼道灯坏了三天",
        "已收到，开始办理",
        "请城管局一起来办",
        "请了城管局来办，等他们到场",
    ):
        assert words in text
    assert spoken_number(case.number) in text
    assert "办完的时限" in text
    assert "WHISTLED" not in text


def test_what_desks_write_for_themselves_is_not_told(client):
    case, worker = make.case_in_hand()
    cases.note(case=case, post=worker, words="这户常投诉", at=timezone.now())

    assert "这户常投诉" not in words_of(client.get(link_to(case)))


def test_a_wrong_link_is_a_friendly_page_and_opens_nothing(client):
    case = make.case()

    for path in (
        f"/f/{case.number}/{'a' * 29}/",
        f"/f/26110000000/{cases.follow_token(case.first_appeal_id)}/",
        "/f/x/y/",
    ):
        page = client.get(path)
        assert page.status_code == 404
        assert "链接打不开" in words_of(page)
        assert "楼道灯" not in page.content.decode()


def test_guessing_links_is_stopped(client, monkeypatch):
    monkeypatch.setattr(doors, "WRONG_LINKS_SECONDS", 10**10)  # one window, whatever the hour
    for _ in range(60):
        client.get("/f/26110000000/aaaa/")

    assert client.get("/f/26110000000/aaaa/").status_code == 429


def test_the_page_is_kept_nowhere_on_the_way(client):
    page = client.get(link_to(make.case()))

    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex"


def test_a_merged_case_shows_the_one_it_was_merged_into(client):
    case, worker = make.case_in_hand(text="楼道灯坏了")
    opened = cases.open_case(received=make.received(text="楼道没灯了"), at=make.AT)
    repeat = Case.objects.get(pk=opened.case_id)
    handling.merge(case=repeat, into=case, post=worker, reason="同一盏灯", at=timezone.now())

    page = client.get(f"/f/{opened.number}/{opened.token}/")

    assert page.status_code == 200
    assert f"您反映的 {spoken_number(opened.number)} 和同一件事合并办理" in words_of(page)
    assert spoken_number(case.number) in words_of(page)
    assert "楼道灯坏了" not in words_of(page)


def test_who_joined_reads_their_own_words_and_nobody_elses(client):
    case, worker = make.case_in_hand(text="我是扎西，家里黑", photo_ids=(photo := kept_photo(),))
    cases.add_words(case=case, text_added="我妈摔了", at=timezone.now())
    cases.contact(case=case, post=worker, words="给扎西打了电话", at=timezone.now())
    joined = joined_to(case)

    page = client.get(f"/f/{joined.number}/{joined.token}/")

    assert "我家这边也黑" in words_of(page)
    for private in ("扎西", "我妈摔了"):
        assert private not in words_of(page)
    assert str(photo) not in page.content.decode()


def test_the_first_reporter_hears_that_others_joined_not_what_they_said(client):
    case = make.case()
    joined_to(case)
    joined_to(case, text="三楼也黑")

    text = words_of(client.get(link_to(case)))

    assert "又有 2 位居民反映同一件事" in text
    assert "三楼也黑" not in text


def test_photos_before_and_after_stand_side_by_side(client):
    case, worker = make.case_in_hand(photo_ids=(kept_photo(),))
    handling.finish(case=case, post=worker, result="修好了", photo_ids=[kept_photo()], at=timezone.now())

    page = client.get(link_to(case))

    assert "办之前" in words_of(page)
    assert "办之后" in words_of(page)


# -- photos --------------------------------------------------------------------------------------------------------


def photo_links(page):
    return [link.replace("&amp;", "&") for link in re.findall(r'href="(/photos/[^"]+)"', page.content.decode())]


def test_a_photo_opens_with_the_link_of_the_page_and_with_no_other(client):
    photo_id = kept_photo()
    (link,) = photo_links(client.get(link_to(make.case(photo_ids=(photo_id,)))))
    signature = link.partition("?k=")[2]

    assert client.get(link).status_code == 200
    assert client.get(link + "&small=1").status_code == 200
    assert client.get(f"/photos/{photo_id}").status_code == 404
    assert client.get(f"/photos/{kept_photo()}?k={signature}").status_code == 404
    assert client.get(f"/photos/{photo_id}?k={signature[:-1]}x").status_code == 404
    assert client.get(f"/photos/{photo_id}?k=r.99999999.x").status_code == 404


def test_an_old_photo_link_no_longer_opens(client, monkeypatch):
    (link,) = photo_links(client.get(link_to(make.case(photo_ids=(kept_photo(),)))))
    later = timezone.now() + timedelta(days=4)
    monkeypatch.setattr(photos.timezone, "now", lambda: later)

    assert client.get(link).status_code == 404


def test_a_link_made_for_a_worker_opens_in_no_other_login(client, rf):
    photo_id, worker, stranger = kept_photo(), make.post(), make.post()
    client.force_login(worker.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    request = client.get("/").wsgi_request
    link = photos.address(photo_id, request=request)

    assert client.get(link).status_code == 200
    client.logout()
    assert client.get(link).status_code == 404
    client.force_login(stranger.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(link).status_code == 404


def test_a_photo_that_is_not_on_disk_is_not_found(client):
    page = client.get(link_to(make.case(photo_ids=("00000000-0000-4000-8000-000000000000",))))

    assert client.get(photo_links(page)[0]).status_code == 404


# -- the resident's moves --------------------------------------------------------------------------------------------


def test_when_finished_the_question_stands_first_and_both_answers_weigh_the_same(client):
    page = client.get(link_to(finished())).content.decode()

    assert page.index("真的办好了吗") < page.index("经过")
    assert 'confirm/">' in page
    assert 'send-back/">' in page
    assert page.count('class="door"') == 2


def test_confirming_closes_the_case_with_the_rating(client):
    case = finished()

    answer = client.post(link_to(case) + "confirm/", {"rating": "4", "reason": "很快"}, follow=True)

    case.refresh_from_db()
    assert (case.state, case.rating, case.is_solved) == ("CLOSED", 4, True)
    assert "已记下您的确认和评价" in words_of(answer)
    assert "您确认：满意" in words_of(answer)


def test_a_dissatisfied_resident_may_confirm_too(client):
    case = finished()

    client.post(link_to(case) + "confirm/", {"rating": "1"})

    case.refresh_from_db()
    assert (case.state, case.rating) == ("CLOSED", 1)


def test_confirming_twice_is_told_and_written_once(client):
    case = finished()
    client.post(link_to(case) + "confirm/", {"rating": "5"})

    page = client.post(link_to(case) + "confirm/", {"rating": "1", "reason": "改主意了"})

    assert page.status_code == 409
    assert "“已结案”的事项不能“确认”" in words_of(page)
    assert "改主意了" in page.content.decode()
    assert Confirmation.objects.count() == 1


@pytest.mark.parametrize("rating", ["", "0", "6", "abc"])
def test_without_one_of_the_five_steps_nothing_is_written(client, rating):
    case = finished()

    page = client.post(link_to(case) + "confirm/", {"rating": rating, "reason": "很好"})

    assert page.status_code == 422
    assert "<title>错误：" in page.content.decode()
    assert "很好" in page.content.decode()
    assert Confirmation.objects.count() == 0


def test_sending_back_needs_the_reason_and_goes_to_the_same_owner(client):
    case = finished()
    owner = case.owner_id

    empty = client.post(link_to(case) + "send-back/", {"reason": " "})
    client.post(link_to(case) + "send-back/", {"reason": "二楼还是黑的"})

    case.refresh_from_db()
    assert empty.status_code == 422
    assert (case.state, case.owner_id, case.reopened_count) == ("HANDLING", owner, 1)
    assert "二楼还是黑的" in words_of(client.get(link_to(case)))


def test_sending_back_what_is_not_finished_is_told_with_the_words_kept(client):
    case, _worker = make.case_in_hand()

    page = client.post(link_to(case) + "send-back/", {"reason": "我等太久了"})

    assert page.status_code == 409
    assert "我等太久了" in page.content.decode()
    assert not Event.objects.filter(case=case, name="send_back").exists()


def test_an_old_address_of_a_move_says_why_it_is_not_there(client):
    case, _worker = make.case_in_hand()

    page = client.get(link_to(case) + "confirm/")

    assert page.status_code == 409
    assert "办理单位说办好以后" in words_of(page)


def test_adding_words_and_a_photo_tells_the_handler(client):
    case, _worker = make.case_in_hand()

    client.post(
        link_to(case) + "add/",
        {"text": "今天更暗了", "photos": [SimpleUploadedFile("a.jpg", picture(), "image/jpeg")]},
    )

    event = Event.objects.get(case=case, name="add")
    assert event.detail["words"] == "今天更暗了"
    assert len(event.detail["photos"]) == 1
    assert "今天更暗了" in words_of(client.get(link_to(case)))


def test_whoever_adds_an_emergency_reads_first_whom_to_call(client):
    case, _worker = make.case_in_hand(contact=make.contact())
    neighbour = joined_to(case, text="三楼也黑")

    page = client.post(link_to(case) + "add/", {"text": "老人在楼道里晕倒了"}, follow=True).content.decode()
    others = client.get(link_to(case, neighbour.appeal_id)).content.decode()

    assert page.index("tel:120") < page.index("老人在楼道里晕倒了")
    assert "tel:120" not in others


def test_whoever_sends_an_emergency_back_reads_first_whom_to_call(client):
    case = finished()

    page = client.post(
        link_to(case) + "send-back/", {"reason": "又漏气了", "rating": "1"}, follow=True
    ).content.decode()

    assert "tel:119" in page


def test_adding_a_file_that_is_no_picture_writes_nothing_and_keeps_the_words(client):
    case, _worker = make.case_in_hand()

    page = client.post(
        link_to(case) + "add/", {"text": "今天更暗了", "photos": [SimpleUploadedFile("a.jpg", b"no", "image/jpeg")]}
    )

    assert page.status_code == 422
    assert "今天更暗了" in page.content.decode()
    assert not Event.objects.filter(case=case, name="add").exists()


def test_withdrawing_is_confirmed_in_words_and_then_done(client):
    case, _worker = make.case_in_hand()

    asked = client.get(link_to(case) + "withdraw/")
    client.post(link_to(case) + "withdraw/", {"reason": ""})

    case.refresh_from_db()
    assert "撤回以后不再办理" in words_of(asked)
    assert case.state == "WITHDRAWN"


def test_nobody_withdraws_what_others_wait_for(client):
    case = make.case()
    joined_to(case)

    page = client.post(link_to(case) + "withdraw/", {})

    case.refresh_from_db()
    assert page.status_code == 409
    assert "还有 1 位居民也在等这件事" in words_of(page)
    assert case.state == "DISPATCHED"


@pytest.mark.parametrize(
    ("move", "answers"), [("confirm", {"rating": "5"}), ("send-back", {"reason": "没好"}), ("withdraw", {})]
)
def test_who_joined_cannot_decide_for_the_first_reporter(client, move, answers):
    case, worker = make.case_in_hand()
    joined = joined_to(case)
    case.refresh_from_db()
    handling.finish(case=case, post=worker, result="好了", at=timezone.now())

    page = client.post(f"/f/{joined.number}/{joined.token}/{move}/", answers)

    case.refresh_from_db()
    assert page.status_code == 409
    assert case.state == "FINISHED"


def test_after_the_window_the_page_offers_to_report_again(client):
    case = finished()
    confirms.lapse_due(at=timezone.now() + timedelta(days=30))

    text = words_of(client.get(link_to(case)))

    assert "自动结案" in text
    assert "不满意，再反映一次" in text


# -- by number -------------------------------------------------------------------------------------------------------


def test_a_number_alone_shows_where_it_stands_and_nothing_else(client):
    case = make.case(text="扎西家楼道灯坏了", address="3号院301")

    page = client.post("/progress/", {"number": f"{case.number[:4]} {case.number[4:8]}-{case.number[8:]}"})

    text = words_of(page)
    assert page.status_code == 200
    assert "已经转给办理单位" in text
    assert "楼道灯损坏" in text
    for private in ("扎西", "301", "洛堆", "COMMUNITY"):
        assert private not in text


def test_a_category_that_says_something_about_a_person_is_not_shown(client):
    case = make.case(text="想申请低保", category_code="0703")

    assert "低保" not in words_of(client.post("/progress/", {"number": case.number}))


@pytest.mark.parametrize("number", ["", "123", "26110000041", "扎西", "9" * 500])
def test_a_wrong_number_is_said_so(client, number):
    assert client.post("/progress/", {"number": number}).status_code == 422


def test_full_width_digits_are_read(client):
    case = make.case()
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in case.number)

    assert client.post("/progress/", {"number": wide}).status_code == 200


def test_a_pasted_link_opens_the_story(client):
    case = make.case()

    answer = client.post("/progress/", {"number": f"邻里：http://example.org{link_to(case)} 请保存"})

    assert answer.url == link_to(case)


def test_trying_numbers_is_stopped(client, monkeypatch):
    monkeypatch.setattr(limits, "count", lambda *_arguments, **_options: 61)

    assert client.post("/progress/", {"number": "26110000040"}).status_code == 429


def test_pages_of_the_link_answer_in_every_language(client):
    case = finished()

    for language in ("bo", "en"):
        client.cookies["django_language"] = language
        for path in ("", "new/", "add/", "confirm/", "send-back/", "withdraw/"):
            assert client.get(link_to(case) + path).status_code == 200


def test_a_story_costs_the_same_few_statements_however_long_it_is(client, django_assert_max_num_queries):
    case, worker = make.case_in_hand()
    for number in range(30):
        handling.record_step(case=case, post=worker, words=f"第{number}步", at=timezone.now())
    client.get(link_to(case))

    with django_assert_max_num_queries(8):
        client.get(link_to(case))
