"""Open311 GeoReport v2: a city's software hands over a request and asks what became of it."""

import io
import json
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import ANY

import pytest
from defusedxml import ElementTree
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from linli.api import keys
from linli.api.keys import meter
from linli.case import actions as cases
from linli.case.models import Case, Event
from linli.confirm.models import Confirmation
from linli.handling import actions as handling
from linli.intake import actions as intake
from linli.intake import queries as appeals
from linli.intake.models import ApiKey, Appeal, PartnerUpdate
from linli.intake.rules import Channel
from linli.people.models import ContactPoint
from linli.shared.models import Photo
from linli.text.models import Category
from tests import make

pytestmark = pytest.mark.django_db

V2, TEST = "/open311/v2", "/open311/test/v2"
DESCRIPTION = "楼道灯坏了三天"


@pytest.fixture(autouse=True)
def _begin_anew():
    meter.forget()
    appeals.forget_keys()
    make.neighbourhood()


@pytest.fixture
def key():
    return intake.create_key(name="市平台", channel=Channel.OPEN311, at=make.AT)


def form(key, **fields):
    given = {"api_key": key.secret, "service_code": "0103", "address_id": make.COMMUNITY, "description": DESCRIPTION}
    return given | fields


def posted(client, key, **fields):
    answer = client.post(f"{V2}/requests.json", form(key, **fields))
    assert answer.status_code == 201, answer.content.decode()
    return answer.json()[0]["service_request_id"]


def fault(answer):
    (row,) = answer.json()
    assert row["code"] == answer.status_code
    return row["description"]


def nothing_written():
    return (Appeal.objects.count(), Case.objects.count(), Event.objects.count(), ContactPoint.objects.count()) == (
        0,
    ) * 4


def test_discovery_lists_a_production_and_a_test_endpoint_in_both_formats(client):
    found = client.get("/open311/discovery.json").json()
    page = ElementTree.fromstring(client.get("/open311/discovery.xml").content)

    assert [row["type"] for row in found["endpoints"]] == ["production", "test"]
    assert found["endpoints"][0]["url"] == "http://testserver/open311/v2"
    assert [row.text for row in page.findall("endpoints/endpoint/url")] == [
        "http://testserver/open311/v2",
        "http://testserver/open311/test/v2",
    ]
    assert [row.text for row in page.findall("endpoints/endpoint[1]/formats/format")] == [
        "text/xml",
        "application/json",
    ]


def test_services_are_the_public_leaves_of_the_category_table(client):
    Category.objects.filter(code="0103").update(is_public=False)
    from linli.text import queries as text

    text.forget()
    codes = [row["service_code"] for row in client.get(f"{V2}/services.json").json()]
    Category.objects.filter(code="0103").update(is_public=True)
    text.forget()

    assert "0103" not in codes
    assert "0101" in codes
    assert "01" not in codes


def test_a_service_says_its_name_group_and_keywords_in_xml(client):
    page = ElementTree.fromstring(client.get(f"{V2}/services.xml").content)

    (lamp,) = [row for row in page.findall("service") if row.findtext("service_code") == "0103"]
    assert lamp.findtext("service_name") == "路灯不亮"
    assert lamp.findtext("group") == "市政设施"
    assert [row.text for row in lamp.findall("groups/group")] == ["市政设施"]
    assert lamp.findtext("metadata") == "true"
    assert lamp.findtext("type") == "realtime"


def test_a_definition_lists_attributes_with_their_values(client):
    found = client.get(f"{V2}/services/0103.json").json()
    page = ElementTree.fromstring(client.get(f"{V2}/services/0103.xml").content)

    assert [row["code"] for row in found["attributes"]] == ["KIND", "OCCURRED_AT", "PEOPLE", "CONFIDENTIAL"]
    assert page.find("attributes/attribute/values/value/key").text == "CONSULT"


def test_an_unknown_service_is_not_found(client):
    assert client.get(f"{V2}/services/9876.json").status_code == 404


def test_who_writes_of_danger_is_told_whom_to_call_first(client, key):
    answer = client.post(f"{V2}/requests.json", form(key, description="楼上着火了"))

    assert answer.json()[0]["service_notice"].startswith("如果现在有危险，请先拨打 119。")


def test_a_request_becomes_a_case_with_number_owner_and_deadline(client, key):
    answer = client.post(f"{V2}/requests.json", form(key, first_name="扎西", phone="13900000001"))

    case = Case.objects.select_related("first_appeal", "owner").get()
    assert answer.status_code == 201
    assert answer.json() == [
        {
            "service_request_id": case.number,
            "service_notice": ANY,
            "account_id": None,
            "follow_path": f"/f/{case.number}/{cases.follow_token(case.first_appeal_id)}/",
        }
    ]
    assert (case.channel, case.category_code, case.owner.kind) == ("OPEN311", "0103", "COMMUNITY")
    assert (case.first_appeal.text, case.first_appeal.by_key_id) == (DESCRIPTION, key.key.pk)
    assert ContactPoint.objects.count() == 1


def test_xml_says_the_same_as_json(client, key):
    answer = client.post(f"{V2}/requests.xml", form(key))

    page = ElementTree.fromstring(answer.content)
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    assert page.tag == "service_requests"
    assert page.findtext("request/service_request_id") == Case.objects.get().number


@pytest.mark.parametrize("form_name", ["json", "xml"])
def test_the_test_door_answers_as_the_door_and_keeps_nothing(client, key, form_name, settings, tmp_path):
    settings.PHOTO_DIR = tmp_path
    answer = client.post(f"{TEST}/requests.{form_name}", form(key, phone="13900000001", media=picture()))

    assert answer.status_code == 201
    assert "这是试用接口，没有登记。" in answer.content.decode()
    assert nothing_written()
    assert list(tmp_path.iterdir()) == []


def test_the_test_door_finds_the_same_faults(client, key):
    wrong = client.post(f"{TEST}/requests.json", form(key, service_code="9876"))
    stranger = client.post(f"{TEST}/requests.json", form(key, api_key="wrong"))
    no_picture = client.post(f"{TEST}/requests.json", form(key, media=io.BytesIO(b"GIF89a no")))

    assert [answer.status_code for answer in (wrong, stranger, no_picture)] == [400, 403, 400]
    assert client.get(f"{TEST}/services.json").json() == client.get(f"{V2}/services.json").json()


def test_an_update_at_the_test_door_leaves_the_case_as_it_is(client, key):
    number = posted(client, key)

    answer = client.post(f"{TEST}/servicerequestupdates.json", update(key, number))

    assert answer.status_code == 200
    assert list(Event.objects.values_list("name", flat=True)) == ["open"]
    assert PartnerUpdate.objects.count() == 0


def test_a_request_costs_three_statements_at_most(client, key):
    posted(client, key)

    with CaptureQueriesContext(connection) as said:
        posted(client, key, phone="13900000001")

    own = [row["sql"] for row in said if not str(row["sql"]).startswith(("SAVEPOINT", "RELEASE"))]
    assert len(own) <= 3, own


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_without_a_key_nothing_is_written(client, key, secret):
    answer = client.post(f"{V2}/requests.json", form(key, api_key=secret))

    assert answer.status_code == 403
    assert fault(answer) == "缺少 api_key 或 api_key 无效。"
    assert nothing_written()


def test_a_revoked_key_opens_nothing(client, key):
    intake.revoke_key(key_id=key.key.pk, at=make.AT, reason="换系统")

    answer = client.post(f"{V2}/requests.json", form(key))

    assert answer.status_code == 403
    assert nothing_written()


def test_a_hotline_key_does_not_open_this_door(client):
    other = intake.create_key(name="12345", channel=Channel.HOTLINE, at=make.AT)

    assert client.post(f"{V2}/requests.json", form(other)).status_code == 403
    assert nothing_written()


def test_the_key_itself_is_kept_nowhere(key):
    kept = ApiKey.objects.get()

    assert key.secret.encode() not in bytes(kept.secret_hash)
    assert len(bytes(kept.secret_hash)) == 32


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"service_code": ""}, "缺少 service_code。"),
        ({"service_code": "9876"}, "没有“9876”这个分类。"),
        ({"service_code": "01"}, "没有“01”这个分类。"),
        ({"address_id": ""}, "请给出 lat 和 long、address_string 或 address_id 之一。"),
        ({"address_id": "110101"}, "没有“110101”这个区域代码。"),
        ({"lat": "29.65"}, "lat 和 long 要一起给出。"),
        ({"lat": "north", "long": "91.1"}, "lat 和 long 应为数字。"),
        ({"lat": "nan", "long": "91.1"}, "lat 和 long 应为数字。"),
        ({"lat": "129.65", "long": "91.1"}, "经度应在 -180 到 180 之间，纬度应在 -90 到 90 之间。"),
        ({"datum": "MARS"}, "datum 应为 WGS84 CGCS2000 GCJ02 BD09 之一。"),
        ({"description": "字" * 4001}, "内容太长：有 4001 个字，最多 4000 个。"),
        ({"description": "灯\x00坏了"}, "“description”里有不能保存的控制字符。"),
        ({"media_url": "file:///etc/passwd"}, "media_url 应为 http 或 https 地址，最多 500 个字符。"),
        ({"media_url": "javascript:alert(1)"}, "media_url 应为 http 或 https 地址，最多 500 个字符。"),
        ({"media_url": "https://example.org/" + "a" * 500}, "media_url 应为 http 或 https 地址，最多 500 个字符。"),
        ({"attribute[KIND]": "PRAISE"}, "attribute[KIND] 应为 CONSULT HELP COMPLAINT REPORT SUGGESTION 之一。"),
        ({"attribute[PEOPLE]": "many"}, "attribute[PEOPLE] 应为整数。"),
        ({"attribute[OCCURRED_AT]": "2999-01-01T00:00:00Z"}, "发生时间不能晚于现在。"),
    ],
)
def test_what_cannot_be_kept_is_answered_with_how_to_mend_it(client, key, fields, words):
    answer = client.post(f"{V2}/requests.json", form(key, **fields))

    assert answer.status_code == 400
    assert fault(answer) == words
    assert nothing_written()


def test_a_percent_encoded_form_in_gb18030_is_answered_with_a_clear_error(client, key):
    body = f"api_key={key.secret}&service_code=0103&address_id={make.COMMUNITY}&description="
    body += "".join(f"%{byte:02X}" for byte in "楼道灯".encode("gb18030"))

    answer = client.post(f"{V2}/requests.json", body, content_type="application/x-www-form-urlencoded")

    assert (answer.status_code, fault(answer)) == (400, "“description”的编码不是 UTF-8。")


def test_a_form_in_gb18030_is_answered_with_a_clear_error(client, key):
    body = f"api_key={key.secret}&service_code=0103&address_id={make.COMMUNITY}&description=".encode()

    answer = client.post(
        f"{V2}/requests.json", body + "楼道灯".encode("gb18030"), content_type="application/x-www-form-urlencoded"
    )

    assert (answer.status_code, fault(answer)) == (400, "表单的编码不是 UTF-8。")
    assert nothing_written()


def test_a_json_body_is_no_form(client, key):
    answer = client.post(f"{V2}/requests.json", json.dumps(form(key)), content_type="application/json")

    assert answer.status_code == 400
    assert nothing_written()


def test_errors_come_in_xml_to_those_who_asked_for_xml(client, key):
    page = ElementTree.fromstring(client.post(f"{V2}/requests.xml", form(key, service_code="")).content)

    assert page.findtext("error/code") == "400"
    assert page.findtext("error/description") == "缺少 service_code。"


def test_the_same_idempotency_key_answers_the_same_and_other_content_is_a_conflict(client, key):
    first, again = (
        client.post(f"{V2}/requests.json", form(key), headers={"X-Idempotency-Key": "k1"}).json() for _ in range(2)
    )
    other = client.post(f"{V2}/requests.json", form(key, description="别的事"), headers={"X-Idempotency-Key": "k1"})

    assert first == again
    assert other.status_code == 409
    assert Case.objects.count() == 1


def test_two_partners_may_use_the_same_idempotency_key(client, key):
    second = intake.create_key(name="另一个平台", channel=Channel.OPEN311, at=make.AT)

    for each in (key, second):
        client.post(f"{V2}/requests.json", form(each), headers={"X-Idempotency-Key": "k1"})

    assert Case.objects.count() == 2


def picture():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    out.seek(0)
    out.name = "lamp.png"
    return out


def test_a_picture_sent_with_the_form_is_kept_and_an_address_is_only_written_down(client, key):
    client.post(f"{V2}/requests.json", form(key, media=picture(), media_url="http://169.254.169.254/latest"))

    appeal = Appeal.objects.get()
    assert appeal.media_urls == ["http://169.254.169.254/latest"]
    assert appeal.photo_ids == [Photo.objects.get().pk]


def test_a_repeated_submission_with_a_picture_keeps_one_picture(client, key):
    for _ in range(2):
        answer = client.post(f"{V2}/requests.json", form(key, media=picture()), headers={"X-Idempotency-Key": "k"})
        assert answer.status_code == 201

    assert Photo.objects.count() == 1


def test_what_is_no_picture_is_refused(client, key):
    answer = client.post(f"{V2}/requests.json", form(key, media=io.BytesIO(b"GIF89a no")))

    assert answer.status_code == 400
    assert nothing_written()


@pytest.fixture
def within_a_minute(monkeypatch):
    """Let no minute end while requests are counted."""
    monkeypatch.setattr(keys, "time", SimpleNamespace(time=lambda: 1_800_000_010.0))


def test_too_many_requests_are_told_when_to_come_again(client, within_a_minute):
    few = intake.create_key(name="慢", channel=Channel.OPEN311, rate_per_minute=2, at=make.AT)

    answers = [client.post(f"{V2}/requests.json", form(few)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert Case.objects.count() == 2


def test_an_address_without_a_key_has_a_rate_too(client, settings, within_a_minute):
    settings.API_ADDRESS_PER_MINUTE = 1

    answers = [client.get(f"{V2}/services.json") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]


def test_one_request_comes_out_without_anything_of_its_reporter(client, key):
    number = posted(
        client, key, first_name="扎西", phone="13900000001", email="a@example.org", description="灯坏了，打 13911112222"
    )

    answer = client.get(f"{V2}/requests/{number}.json")

    case = Case.objects.get()
    assert answer.json() == [
        {
            "service_request_id": number,
            "status": "open",
            "status_notes": "待签收",
            "service_name": "路灯不亮",
            "service_code": "0103",
            "description": "灯坏了，打 ＊＊＊＊",
            "agency_responsible": case.owner.name,
            "service_notice": None,
            "requested_datetime": timezone.localtime(case.opened_at).replace(microsecond=0).isoformat(),
            "updated_datetime": timezone.localtime(case.moved_at).replace(microsecond=0).isoformat(),
            "expected_datetime": timezone.localtime(case.due_at).replace(microsecond=0).isoformat(),
            "address": None,
            "address_id": make.COMMUNITY,
            "zipcode": None,
            "lat": None,
            "long": None,
            "media_url": None,
        }
    ]


def test_what_was_said_in_confidence_never_comes_out(client, key):
    number = posted(client, key, **{"attribute[CONFIDENTIAL]": "yes"})

    assert client.get(f"{V2}/requests/{number}.json").status_code == 404
    assert client.get(f"{V2}/requests.json").json() == []
    assert client.get(f"{V2}/requests.json?service_request_id={number}").json() == []
    assert client.get(f"{V2}/servicerequestupdates.json").json() == []


def test_a_private_category_never_comes_out(client, key):
    from linli.text import queries as text

    number = posted(client, key)
    Category.objects.filter(code="0103").update(is_public=False)
    text.forget()

    answer = client.get(f"{V2}/requests/{number}.json")

    Category.objects.filter(code="0103").update(is_public=True)
    text.forget()
    assert answer.status_code == 404


def test_filters_choose_by_service_status_date_and_number(client, key):
    lamp = posted(client, key)
    road = posted(client, key, service_code="0101", description="路面有坑")
    cases.withdraw(case=Case.objects.get(number=road), reason="不用了", at=timezone.now())

    def numbers(query):
        return [row["service_request_id"] for row in client.get(f"{V2}/requests.json?{query}").json()]

    assert numbers("") == [road, lamp]
    assert numbers("service_code=0103") == [lamp]
    assert numbers("status=open") == [lamp]
    assert numbers("status=closed") == [road]
    assert numbers(f"service_request_id={lamp}&status=closed") == [lamp]
    assert numbers("end_date=2020-01-01T00:00:00Z") == []
    assert numbers("page_size=1&page=2") == [lamp]


def test_requests_older_than_ninety_days_are_not_listed(client):
    old = make.case(at=make.AT - timedelta(days=91))

    since = (old.opened_at - timedelta(days=1)).isoformat().replace("+00:00", "Z")

    assert client.get(f"{V2}/requests.json?start_date={since}&end_date={make.AT.isoformat()[:19]}Z").json() == []


@pytest.mark.parametrize(
    "query", ["status=maybe", "page=0", "page_size=1001", "start_date=yesterday", "page=1e3", "service_code=%00"]
)
def test_a_filter_that_cannot_be_read_is_a_400(client, query):
    assert client.get(f"{V2}/requests.json?{query}").status_code == 400


def test_lists_cost_the_same_statements_with_one_and_with_three_rows(client, key, django_assert_num_queries):
    posted(client, key)
    client.get(f"{V2}/requests.json")

    with django_assert_num_queries(1):
        assert len(client.get(f"{V2}/requests.json").json()) == 1
    for _ in range(2):
        posted(client, key)
    with django_assert_num_queries(1):
        assert len(client.get(f"{V2}/requests.json").json()) == 3


def test_another_jurisdiction_is_not_found(client, key):
    assert client.get(f"{V2}/services.json?jurisdiction_id=110101").status_code == 404
    assert client.get(f"{V2}/services.json?jurisdiction_id=540102").status_code == 200
    assert client.post(f"{V2}/requests.json", form(key, jurisdiction_id="110101")).status_code == 404
    assert nothing_written()


def test_a_token_leads_to_its_number_and_an_invented_one_nowhere(client, key):
    number = posted(client, key)
    token = cases.follow_token(Appeal.objects.get().pk)

    assert client.get(f"{V2}/tokens/{token}.json").json() == [{"service_request_id": number, "token": token}]
    invented = token[:-2] + ("b" if token[-2] == "a" else "a") + token[-1]  # the last letter may well be an a
    assert client.get(f"{V2}/tokens/{invented}.json").status_code == 404


def update(key, number, **fields):
    given = {
        "api_key": key.secret,
        "service_request_id": number,
        "update_id": "u1",
        "status": "OPEN",
        "updated_datetime": "2026-11-23T10:00:00+08:00",
        "description": "现在整栋楼都没灯了",
    }
    return given | fields


def test_an_update_is_added_once_however_often_it_is_sent(client, key):
    number = posted(client, key)

    first, again = (client.post(f"{V2}/servicerequestupdates.json", update(key, number)) for _ in range(2))

    event = Event.objects.get(name="add")
    assert first.json() == again.json() == [{"update_id": str(event.pk)}]
    assert event.detail["words"] == "现在整栋楼都没灯了"
    assert PartnerUpdate.objects.count() == 1


def test_the_same_update_id_with_other_words_is_a_conflict(client, key):
    number = posted(client, key)
    client.post(f"{V2}/servicerequestupdates.json", update(key, number))

    answer = client.post(f"{V2}/servicerequestupdates.json", update(key, number, description="别的"))

    assert answer.status_code == 409
    assert Event.objects.filter(name="add").count() == 1


def test_another_partner_cannot_update_and_nothing_is_written(client, key):
    number = posted(client, key)
    other = intake.create_key(name="别人", channel=Channel.OPEN311, at=make.AT)

    answer = client.post(f"{V2}/servicerequestupdates.json", update(other, number))

    assert answer.status_code == 400
    assert list(Event.objects.values_list("name", flat=True)) == ["open"]
    assert PartnerUpdate.objects.count() == 0


def finished(number, at):
    case = Case.objects.get(number=number)
    worker = make.post()
    cases.take(case=case, post=worker, at=at)
    handling.finish(case=case, post=worker, result="换了灯", photo_ids=(), at=at)
    return case


@pytest.mark.parametrize(
    ("status", "minutes", "expected"),
    [("REOPEN", 1, ("HANDLING", 1)), ("REOPEN", -1, ("FINISHED", 0)), ("OPEN", 1, ("FINISHED", 0))],
)
def test_only_a_reopen_written_after_the_finish_sends_the_case_back(client, key, status, minutes, expected):
    at = timezone.now()
    case = finished(posted(client, key), at)
    said_at = (at + timedelta(minutes=minutes)).isoformat()

    answer = client.post(
        f"{V2}/servicerequestupdates.json",
        update(key, case.number, status=status, updated_datetime=said_at, description="还是不亮"),
    )

    case.refresh_from_db()
    assert (answer.status_code, case.state, case.reopened_count) == (200, *expected)
    assert Confirmation.objects.filter(is_solved=False).count() == expected[1]
    assert Event.objects.filter(name="add").count() == 1 - expected[1]


def test_an_update_may_bring_several_pictures_and_none_is_fetched(client, key):
    number = posted(client, key)
    pictures = ["https://example.org/1.jpg", "https://example.org/2.jpg"]

    client.post(f"{V2}/servicerequestupdates.json", update(key, number, media_url=pictures))

    assert Event.objects.get(name="add").detail["words"].splitlines() == ["现在整栋楼都没灯了", *pictures]


def test_updates_tell_states_in_words_fixmystreet_knows(client, key):
    case = Case.objects.get(number=posted(client, key))
    worker = make.post()
    at = timezone.now()
    cases.take(case=case, post=worker, at=at)
    handling.finish(case=case, post=worker, result="换了灯，电话 13911112222", photo_ids=(), at=at)

    page = ElementTree.fromstring(client.get(f"{V2}/servicerequestupdates.xml").content)

    assert page.tag == "service_requests_updates"
    assert [row.findtext("status") for row in page.findall("request_update")] == [
        "INVESTIGATING",
        "IN_PROGRESS",
        "IN_PROGRESS",
    ]
    assert page.findall("request_update")[-1].findtext("description") == f"{worker.unit.name}：换了灯，电话 ＊＊＊＊"


def test_a_reporters_own_words_are_not_among_the_updates(client, key):
    number = posted(client, key)
    client.post(f"{V2}/servicerequestupdates.json", update(key, number))

    assert "整栋楼" not in client.get(f"{V2}/servicerequestupdates.json").content.decode()


def test_a_machine_door_sets_no_cookie_and_reads_no_session(client, key):
    answer = Client(headers={"Cookie": "sessionid=stale"}).get(f"{V2}/services.json")

    assert answer.status_code == 200
    assert not answer.cookies
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_unknown_address_is_answered_in_the_doors_own_form(client):
    answer = client.get("/open311/v3/requests.json")

    assert (answer.status_code, fault(answer)) == (404, "没有这个地址。")


def test_errors_speak_the_clients_language_when_it_asks(client, key):
    answer = client.get(f"{V2}/services/9876.json", headers={"Accept-Language": "zh-CN"})

    assert fault(answer) == "没有“9876”这个分类。"
