"""A resident's pages in a real browser: the whole way on a phone, without scripts, in every language and size."""

import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from linli.case import actions as cases
from linli.case.models import Case
from linli.handling import actions as handling
from linli.shared.actions import keep_photo
from tests import make
from tests.browsing import follow

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[91.10, 29.63], [91.16, 29.63], [91.16, 29.67], [91.10, 29.67], [91.10, 29.63]]],
}


@pytest.fixture(autouse=True)
def _neighbourhood(live_server):
    make.neighbourhood()
    make.area(make.COMMUNITY, "洛堆社区", polygon=SQUARE)
    make.area(make.GRID, "03网格", polygon=SQUARE)


def picture(color="orange"):
    out = io.BytesIO()
    Image.new("RGB", (900, 700), color).save(out, "JPEG")
    return {"name": f"{color}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def link_to(case):
    return f"/f/{case.number}/{cases.follow_token(case.first_appeal_id)}/"


def finished():
    now = timezone.now()
    photo = keep_photo(content=picture()["buffer"], at=now).pk
    case, worker = make.case_in_hand(at=now - timedelta(days=1), photo_ids=(photo,))
    handling.record_step(case=case, post=worker, words="电工下午两点上门", at=now - timedelta(hours=5))
    done = keep_photo(content=picture("green")["buffer"], at=now).pk
    handling.finish(case=case, post=worker, result="换了灯泡和声控开关，试过三次都亮。", at=now, photo_ids=[done])
    return case


def test_a_resident_goes_the_whole_way_on_a_phone(open_page, look):
    make.case(at=timezone.now() - timedelta(days=1))
    page = open_page("/")
    look(page, "390-home")
    follow(page, "text=我要反映")
    look(page, "390-what")
    page.fill("#id_text", "楼道灯坏了三天，晚上看不见路")
    page.set_input_files("#id_photos", [picture()])
    follow(page, "button:has-text('继续')")
    page.fill("#id_address", "洛堆社区3号院2栋")
    look(page, "390-where")
    follow(page, "button:has-text('继续')")
    look(page, "390-same")
    page.click("text=都不是")
    follow(page, "button:has-text('继续')")
    page.fill("#id_phone", "13900000001")
    page.check("#id_is_agreed")
    look(page, "390-contact")
    follow(page, "button:has-text('继续')")
    look(page, "390-check")
    follow(page, page.get_by_role("button", name="提交", exact=True))
    look(page, "390-new")
    follow(page, "text=看进度")
    look(page, "390-follow")

    expect(page.get_by_text("楼道灯坏了三天，晚上看不见路")).to_be_visible()
    assert Case.objects.filter(first_appeal__text="楼道灯坏了三天，晚上看不见路").count() == 1


def test_without_scripts_and_at_320_pixels_everything_works(open_page):
    page = open_page("/report/", width=320, has_script=False)
    page.fill("#id_text", "楼道灯坏了三天")
    page.set_input_files("#id_photos", [picture()])
    follow(page, "button:has-text('继续')")
    expect(page.locator("[data-map]")).to_be_hidden()
    page.fill("#id_address", "洛堆社区3号院")
    follow(page, "button:has-text('继续')")
    follow(page, "button:has-text('继续')")
    follow(page, page.get_by_role("button", name="提交", exact=True))
    follow(page, "text=看进度")
    follow(page, "text=补充")
    page.fill("#id_text", "今天更暗了")
    follow(page, "button:has-text('补充')")

    expect(page.get_by_text("已补充")).to_be_visible()
    expect(page.get_by_text("今天更暗了")).to_be_visible()


def test_faults_are_summed_up_on_top_and_lead_to_the_field(open_page, look):
    page = open_page("/report/")
    follow(page, "button:has-text('继续')")
    look(page, "390-what-fault")

    page.click(".alert a")

    expect(page).to_have_title(re.compile("^错误："))
    expect(page.locator("#id_text")).to_be_focused()


def test_a_point_is_picked_on_the_map_and_the_case_lands_in_its_grid(open_page, look):
    page = open_page("/report/")
    page.fill("#id_text", "路灯不亮")
    follow(page, "button:has-text('继续')")
    page.wait_for_selector("[data-map][data-drawn=ready]")
    page.locator("[data-map] canvas").click(position={"x": 150, "y": 120})
    look(page, "390-where-picked")
    follow(page, "button:has-text('继续')")
    follow(page, "button:has-text('继续')")
    follow(page, page.get_by_role("button", name="提交", exact=True))

    assert Case.objects.get().area_code == make.GRID


def test_when_finished_the_resident_confirms_with_two_taps_and_a_step(open_page, look):
    case = finished()
    page = open_page(link_to(case))
    look(page, "390-asked")
    follow(page, ".door:has-text('办好了')")
    look(page, "390-confirm")
    page.click("text=非常满意")
    follow(page, "button:has-text('确认办好了')")
    look(page, "390-closed")

    case.refresh_from_db()
    assert (case.state, case.rating) == ("CLOSED", 5)


def test_typed_words_survive_leaving_the_page(open_page):
    page = open_page("/report/")
    page.fill("#id_text", "写了一半的话")
    page.wait_for_function("() => Object.keys(localStorage).some((key) => key.startsWith('linli:draft:'))")

    page.goto("/")
    page.goto("/report/")

    expect(page.locator("#id_text")).to_have_value("写了一半的话")


@pytest.mark.parametrize(
    ("width", "language", "is_large"), [(320, "bo", True), (320, "zh-hans", True), (1440, "en", False)]
)
def test_every_page_holds_in_every_language_and_size(open_page, look, width, language, is_large):
    case = finished()
    mark = f"{width}-{language}{'-large' if is_large else ''}"
    page = open_page("/", width=width, language=language, is_large=is_large)
    look(page, f"{mark}-home")
    steps = [
        ("/report/", "what"),
        ("/report/where/", "where"),
        ("/report/same/", "same"),
        ("/report/contact/", "contact"),
        ("/report/check/", "check"),
    ]
    for path, name in steps:
        page.goto(path)
        look(page, f"{mark}-{name}")
        if name == "what":
            page.fill("#id_text", "楼道灯坏了三天，有人摔伤，请打电话" * 12)
            follow(page, "form[novalidate] button.btn-primary")
        elif name == "where":
            page.fill("#id_address", "洛堆社区路程巷3号院2栋1单元" * 6)
            follow(page, "form[novalidate] button.btn-primary")
        elif name == "same":
            page.check("#id_same_new")
            follow(page, "form[novalidate] button.btn-primary")
        elif name == "contact":
            follow(page, "form[novalidate] button.btn-primary")
    for path in ("", "new/", "add/", "confirm/", "send-back/", "withdraw/"):
        page.goto(link_to(case) + path)
        look(page, f"{mark}-follow-{path.strip('/') or 'story'}")
    for path, name in (("/progress/", "progress"), ("/f/26110000000/aaaa/", "wrong-link"), ("/report/about/", "about")):
        page.goto(path)
        look(page, f"{mark}-{name}")
