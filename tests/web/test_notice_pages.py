"""The bell of a post, and the administrator's pages of notices and subscribers, by HTTP."""

import pytest
from django.test import override_settings

from linli.notice import actions as notices
from linli.notice.models import Choice, Delivery, Gateway, Notice, ReadMark, Subscriber, Template
from linli.notice.rules import KINDS
from linli.shared.models import AuditEntry
from linli.shared.roles import Role
from linli.staff.queries import RoleRule
from tests import make, make_notice

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PAGES = [
    "/admin/notices/",
    "/admin/notices/texts/",
    "/admin/notices/texts/whistle/zh-hans/",
    "/admin/notices/quiet/",
    "/admin/notices/gateways/",
    "/admin/hooks/",
    "/admin/hooks/deliveries/",
]


@pytest.fixture
def enter(client):
    def entered(post):
        RoleRule.objects.update(is_second_factor_required=False)
        from linli.staff import queries as staff

        staff.forget()
        client.force_login(post.account, backend=BACKEND)
        return client

    return entered


@pytest.fixture
def admin(enter):
    make.neighbourhood()
    return enter(make.post(Role.ADMIN))


def rung(count=1):
    for serial in range(count):
        make.case(text=f"第 {serial} 件")
    notices.derive(at=make.AT)
    return make.post(Role.COMMUNITY)


def given_up():
    make_notice.gateway("https://sms.example/")
    make.case(contact=make.contact())
    notices.derive(at=make.AT)
    Notice.objects.filter(channel="SMS").update(state="GIVEN_UP", next_try_at=None, attempts=8, fault="HTTP 503")
    return Notice.objects.get(channel="SMS")


def test_the_bell_counts_and_is_read_by_opening_the_list(enter):
    client = enter(rung(count=2))

    before = client.get("/notices/bell/").content.decode()
    page = client.get("/notices/").content.decode()
    after = client.get("/notices/bell/").content.decode()

    number = Notice.objects.order_by("-pk").first().case.number
    assert '<span class="badge badge-accent">2<span' in before
    assert f"新诉求 {number}：" in page
    assert page.count("未读") == 2
    assert "badge" not in after


def test_a_page_that_refreshes_itself_reads_nothing(enter):
    client = enter(rung())

    client.get("/notices/", headers={"X-Background": "1"})

    assert ReadMark.objects.count() == 0


def test_the_bell_stands_on_every_desk_and_not_at_the_administrators(enter, client):
    worker = enter(rung())
    assert 'id="bell"' in worker.get("/community/").content.decode()

    administrator = enter(make.post(Role.ADMIN))

    assert 'id="bell"' not in administrator.get("/admin/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_bell_costs_the_same_with_one_and_three(enter, django_assert_num_queries, count):
    client = enter(rung(count=count))
    client.get("/notices/")

    with django_assert_num_queries(6):
        client.get("/notices/")


def test_a_post_chooses_and_supervision_stays(enter):
    post = rung()
    client = enter(post)

    page = client.get("/notices/choices/").content.decode()
    client.post("/notices/choices/", {"WHISTLE-EMAIL": "on"})

    chosen = {(row.group, row.channel) for row in Choice.objects.filter(post_id=post.pk, is_wanted=True)}
    assert "催办和督办" in page
    assert chosen == {("WHISTLE", "EMAIL"), ("SUPERVISION", "IN_APP")}


@pytest.mark.parametrize("role", [Role.COMMUNITY, Role.DEPARTMENT, Role.DISTRICT, Role.AUDITOR])
@pytest.mark.parametrize("page", PAGES)
def test_only_the_administrator_opens_the_settings(enter, role, page):
    make.neighbourhood()
    unit = make.unit("DISTRICT") if role == Role.AUDITOR else None

    assert enter(make.post(role, unit=unit)).get(page).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_the_administrator_opens_each_page(admin, page):
    assert admin.get(page).status_code == 200


def test_the_log_shows_what_failed_and_sends_it_again(admin):
    notice = given_up()

    listed = admin.get("/admin/notices/?state=GIVEN_UP").content.decode()
    shown = admin.get(f"/admin/notices/{notice.pk}/").content.decode()
    answer = admin.post(f"/admin/notices/{notice.pk}/resend/")

    notice.refresh_from_db()
    assert "HTTP 503" in listed
    assert "13900000001" not in listed + shown
    assert "反映人" in listed
    assert answer.status_code == 302
    assert (notice.state, notice.attempts) == ("QUEUED", 0)
    assert AuditEntry.objects.filter(verb="resend_notice").count() == 1


def test_resending_what_waits_is_refused_in_words(admin):
    notice = given_up()
    admin.post(f"/admin/notices/{notice.pk}/resend/")

    answer = admin.post(f"/admin/notices/{notice.pk}/resend/")

    assert answer.status_code == 409
    assert "这条通知已经在等发送。" in answer.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_log_costs_the_same_with_one_and_three(admin, django_assert_num_queries, count):
    rung(count=count)
    admin.get("/admin/notices/")

    with django_assert_num_queries(2):
        admin.get("/admin/notices/")


def test_the_log_is_exported(admin):
    rung()

    answer = admin.get("/admin/notices/?export=csv")

    rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert rows[0].startswith("时间,通知,告知谁,方式,编号,状态")
    assert "新诉求" in rows[1]


def test_a_text_is_changed_previewed_and_put_back(admin):
    url = "/admin/notices/texts/whistle/zh-hans/"
    words = {"subject": "吹哨了 {number}", "body": "{unit}吹哨，{due}前到。"}

    preview = admin.post(url + "preview/", words).content.decode()
    saved = admin.post(url, words)
    changed = admin.get(url).content.decode()
    admin.post(url + "begin/")

    assert "水务局吹哨，11月24日 17:00前到。" in preview
    assert saved.status_code == 302
    assert "吹哨了 {number}" in changed
    assert Template.objects.count() == 0
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["change_text", "begin_again"]


def test_a_text_with_a_wrong_place_is_refused_and_what_was_typed_stays(admin):
    words = {"subject": "吹哨", "body": "{phone} 请到场"}

    answer = admin.post("/admin/notices/texts/whistle/zh-hans/", words)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "这类通知没有“{phone}”这一项" in page
    assert "{phone} 请到场" in page
    assert Template.objects.count() == 0


def test_a_changed_text_is_what_is_sent(admin):
    admin.post("/admin/notices/texts/new_case/zh-hans/", {"subject": "来活了", "body": "{number}"})
    post = rung()

    page = admin.get("/admin/notices/").content.decode()
    detail = admin.get(f"/admin/notices/{Notice.objects.get().pk}/").content.decode()

    assert "新诉求" in page
    assert "来活了" in detail
    assert post is not None


def test_a_text_that_does_not_exist_is_not_found(admin):
    assert admin.get("/admin/notices/texts/whistle/fr/").status_code == 404
    assert admin.get("/admin/notices/texts/poem/en/").status_code == 404


def test_every_text_can_be_opened(admin):
    for kind in KINDS:
        for language in ("zh-hans", "bo", "en"):
            assert admin.get(f"/admin/notices/texts/{kind}/{language}/").status_code == 200


def test_quiet_hours_are_set_and_nonsense_is_told(admin):
    saved = admin.post("/admin/notices/quiet/", {"starts": "22:00", "ends": "07:00"})
    wrong = admin.post("/admin/notices/quiet/", {"starts": "25:00", "ends": "07:00"})

    assert (saved.status_code, wrong.status_code) == (302, 422)
    assert 'value="22:00"' in admin.get("/admin/notices/quiet/").content.decode()


def test_a_gateway_is_added_tried_and_stopped_and_its_secret_never_shown(admin):
    sent = {"kind": "SMS", "name": "短信平台", "address": "https://127.0.0.1/key-s3cret", "secret": "t0p-s3cret"}

    admin.post("/admin/notices/gateways/", sent)
    gateway = Gateway.objects.get()
    tried = admin.post(f"/admin/notices/gateways/{gateway.pk}/try/", {"to": "13900000001"}, follow=True)
    second = admin.post("/admin/notices/gateways/", sent)
    admin.post(f"/admin/notices/gateways/{gateway.pk}/stop/", {"reason": "换平台"})

    pages = tried.content.decode() + admin.get("/admin/notices/gateways/").content.decode()
    gateway.refresh_from_db()
    assert "这个网址指向内部网络" in tried.content.decode()
    assert "s3cret" not in pages
    assert second.status_code == 422
    assert "已经有一个在用的短信网关" in second.content.decode()
    assert gateway.is_active is False


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"kind": "WECOM", "address": "https://chat.example/"}, "请选择这个群属于哪个单位。"),
        ({"kind": "SMS", "address": "http://sms.example/"}, "请填写完整的 https:// 网址。"),
        ({"kind": "SMS", "address": ""}, "请填写完整的 https:// 网址。"),
        ({"kind": "VOICE", "address": ""}, "请填写完整的 https:// 网址。"),
        ({"kind": "ALIYUN", "secret": "s"}, "请写 AccessKey ID 和密钥。"),
        ({"kind": "ALIYUN", "secret": "s", "key_id": "LTAI"}, "请写短信签名。"),
        ({"kind": "ALIYUN", "secret": "s", "key_id": "LTAI", "sign_name": "邻里"}, "请写明用哪个短信模板"),
    ],
)
def test_a_wrong_gateway_is_refused_in_words(admin, sent, words):
    answer = admin.post("/admin/notices/gateways/", {"name": "通道", **sent})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Gateway.objects.count() == 0


def test_an_operator_is_connected_on_the_page_and_nothing_of_its_key_is_shown_again(admin):
    sent = {"kind": "ALIYUN", "name": "阿里云", "secret": "t0p-s3cret", "key_id": "LTAI5k3y", "sign_name": "邻里",
            "templates": "SMS_100\nwhistle SMS_200"}  # fmt: skip

    made = admin.post("/admin/notices/gateways/", sent)
    page = admin.get("/admin/notices/gateways/").content.decode()

    gateway = Gateway.objects.get()
    assert made.status_code == 302
    assert (gateway.kind, gateway.unit_id) == ("ALIYUN", None)
    assert "阿里云短信" in page
    assert "接收测试的手机号" in page
    assert not any(secret in page for secret in ("t0p-s3cret", "LTAI5k3y", "SMS_100"))
    assert b"LTAI5k3y" not in bytes(gateway.options_sealed)


def test_the_secret_of_a_subscriber_is_shown_once(admin):
    sent = {"name": "区数据平台", "address": "https://partner.example/hook", "names": ["open", "finish"]}

    made = admin.post("/admin/hooks/", sent)
    again = admin.get("/admin/hooks/").content.decode()

    assert made.status_code == 201
    assert "whsec_" in made.content.decode()
    assert "whsec_" not in again
    assert Subscriber.objects.get().event_names == ["open", "finish"]


def test_a_subscriber_is_tried_changed_stopped_and_its_dead_letters_sent_again(admin):
    subscriber, _secret = make_notice.subscriber("https://127.0.0.1/hook")
    make.case()
    notices.derive(at=make.AT)
    Delivery.objects.update(state="GIVEN_UP", next_try_at=None, fault="HTTP 500", status=500)
    page = f"/admin/hooks/{subscriber.pk}/"

    tried = admin.post(page + "try/", follow=True).content.decode()
    admin.post(page, {"names": ["finish"]})
    dead = admin.get("/admin/hooks/deliveries/?state=GIVEN_UP").content.decode()
    one = admin.get(f"/admin/hooks/deliveries/{Delivery.objects.get().pk}/").content.decode()
    admin.post(page + "again/")
    queued = Delivery.objects.get().state
    admin.post(page + "stop/", {"reason": "换平台"})

    subscriber.refresh_from_db()
    assert "没有发出去：这个网址指向内部网络" in tried
    assert subscriber.event_names == ["finish"]
    assert "HTTP 500" in dead
    assert "case.open" in one
    assert queued == "QUEUED"
    assert (subscriber.is_active, Delivery.objects.get().fault) == (False, "订阅已停用")


@override_settings(LANGUAGE_CODE="bo")
def test_the_pages_read_in_tibetan(enter):
    client = enter(rung())
    client.cookies["django_language"] = "bo"

    page = client.get("/notices/").content.decode()

    assert "རེ་འདུན་གསར་པ་" in page
