"""The pages of devices: who comes in, what is written and what is not, the whole round at the door."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from linli.call import actions as calls
from linli.call.models import Call, Device, DeviceEvent, DeviceTask, Holding
from linli.call.rules import PressKind, is_secret
from linli.people import actions as people
from linli.people.models import Consent, ContactPoint, Look
from linli.people.rules import ConsentGiven
from linli.shared.models import Export
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from tests import make, make_call

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
DESKS = [Role.GRID, Role.COMMUNITY, Role.STREET, Role.DEPARTMENT, Role.HEALTH, Role.DISTRICT, Role.ADMIN, Role.AUDITOR]
READERS = {Role.GRID, Role.COMMUNITY, Role.STREET, Role.DISTRICT}
STOCK, DOOR = READERS - {Role.GRID}, READERS - {Role.DISTRICT}
PAGES = {
    "": READERS, "tasks/": READERS, "round/": READERS, "{held}/": READERS, "{held}/agreement/": READERS,
    "register/": STOCK, "import/": STOCK, "import/template.csv": STOCK, "punctuality/": STOCK,
    "punctuality/calls/": STOCK, "{held}/label/": STOCK, "{stock}/retire/": STOCK, "{stock}/allot/": STOCK,
    "{stock}/hand-out/": DOOR, "{held}/swap/": DOOR, "{held}/take-back/": DOOR, "{held}/lose/": DOOR,
    "{held}/correct/": DOOR, "{held}/contacts/add/": DOOR, "{held}/locate/": DOOR, "{held}/agree/": DOOR,
}  # fmt: skip
WRITES = {
    "register/": STOCK, "import/": STOCK, "import/take/": STOCK, "{stock}/retire/": STOCK, "{stock}/allot/": STOCK,
    "{stock}/secret/": STOCK, "tasks/{task}/done/": READERS, "find/": DOOR, "{held}/open/": DOOR, "{held}/swap/": DOOR,
    "{held}/take-back/": DOOR, "{held}/lose/": DOOR, "{held}/correct/": DOOR, "{held}/contacts/add/": DOOR,
    "{held}/contacts/1/end/": DOOR, "{held}/locate/": DOOR, "{held}/stop-locating/": DOOR, "{held}/agree/": DOOR,
    "{held}/test/": DOOR, "{stock}/hand-out/{home}/{who}/": DOOR,
}  # fmt: skip
FORM = {
    "serial": "B-9", "kind": "BRACELET", "protocol": "LINLI", "heartbeat_seconds": 300, "words": "试", "unit_code": "",
    "giver": "SELF", "way": "SIGNED", "address": "新门牌", "name": "边巴", "phone": "13900000002", "relation": "儿子",
    "is_agreed": "on", "is_told": "on", "token": "0" * 64, "agreed_on": "2026-11-23",
    "contacts-TOTAL_FORMS": 0, "contacts-INITIAL_FORMS": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _everything(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with acting(EVERYTHING):
        yield


@pytest.fixture
def enter(client):
    make.neighbourhood()

    def entered(role=Role.COMMUNITY, **columns):
        post = make.post(role, **columns)
        client.force_login(post.account, backend=BACKEND)
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "at": 1}]
        session.save()
        return post

    return entered


@pytest.fixture
def places():
    """A device that is held, one in stock, a task, and somebody at home."""
    make.neighbourhood()
    home = people.register_household(area_code=make.GRID, address="路程巷3号院2栋302", at=make.AT, post=None)
    who = people.register_resident(
        household=home, name="次仁", consent=ConsentGiven(giver="SELF", way="SIGNED"), at=make.AT, post=None
    )
    held, stock = make_call.holding(), make_call.device()
    task = DeviceTask.objects.create(
        device=stock, kind="BATTERY", area_code=make.COMMUNITY, opened_at=make.AT, due_at=make.AT
    )
    return {"held": held.device_id, "stock": stock.pk, "task": task.pk, "home": home.pk, "who": who.pk}


def written():
    return (
        list(Device.objects.order_by("pk").values_list("state", "event_count", "secret_hash")),
        DeviceEvent.objects.count(), Holding.objects.count(), Consent.objects.count(), ContactPoint.objects.count(),
        Look.objects.count(), DeviceTask.objects.filter(done_at=None).count(), Export.objects.count(),
    )  # fmt: skip


@pytest.mark.parametrize("role", DESKS)
@pytest.mark.parametrize("page", PAGES)
def test_only_whoever_it_concerns_reads(client, enter, places, page, role):
    enter(role)
    before = written()

    answer = client.get("/devices/" + page.format(**places))

    assert (answer.status_code == 200) == (role in PAGES[page])
    assert written() == before


@pytest.mark.parametrize(("page", "role"), [(p, r) for p, may in WRITES.items() for r in DESKS if r not in may])
def test_other_desks_write_nothing(client, enter, places, page, role):
    enter(role)
    before = written()

    answer = client.post("/devices/" + page.format(**places), FORM)

    assert (answer.status_code, written()) == (403, before)


@pytest.mark.parametrize("page", {**PAGES, **WRITES})
def test_nobody_reads_or_writes_without_logging_in(client, places, page):
    before = written()

    assert client.get("/devices/" + page.format(**places)).status_code in {302, 405}
    assert client.post("/devices/" + page.format(**places), FORM).status_code in {302, 405}
    assert written() == before


@pytest.mark.parametrize("page", [page for page in WRITES if "{" in page])
def test_another_community_reaches_no_device(client, enter, places, page):
    make.area("540102002001", "别的社区")
    enter(Role.COMMUNITY, unit=make.unit("COMMUNITY", area_code="540102002001"))
    before = written()

    answer = client.post("/devices/" + page.format(**places), FORM)

    assert (answer.status_code, written()) == (409, before)


def test_the_secret_of_a_new_device_is_shown_once(client, enter):
    enter()

    page = client.post("/devices/register/", FORM)

    device = Device.objects.get(serial="B-9")
    secret = page.content.decode().split('<code class="secret">')[1].split("<")[0]
    assert (page.status_code, is_secret(secret, bytes(device.secret_hash))) == (201, True)
    assert secret not in client.get(f"/devices/{device.pk}/").content.decode()


def test_what_cannot_be_registered_is_said_and_stays_typed(client, enter, places):
    enter()
    serial = Device.objects.first().serial
    before = written()

    page = client.post("/devices/register/", FORM | {"serial": serial})

    assert (page.status_code, written()) == (422, before)
    assert f"设备 {serial} 已经登记过了。" in page.content.decode()


def table(*serials, head="设备编号,类型"):
    content = "\n".join([head, *(f"{serial},手环" for serial in serials)])
    return {"file": SimpleUploadedFile("devices.csv", content.encode())}


def test_a_table_is_rehearsed_and_then_registered_with_its_secrets_given_once(client, enter):
    enter()
    page = client.post("/devices/import/", table("B-1", "B-2"))
    assert (page.status_code, Device.objects.count()) == (200, 0)

    answer = client.post("/devices/import/take/", {"token": page.context["token"]})

    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line[0] for line in lines] == ["设备编号", "B-1", "B-2"]
    assert is_secret(lines[1][1], bytes(Device.objects.get(serial="B-1").secret_hash))
    assert Export.objects.get().row_count == 2
    assert client.post("/devices/import/take/", {"token": page.context["token"]}).status_code == 409
    assert Device.objects.count() == 2


def test_every_problem_of_a_table_is_named_by_its_row_and_nothing_is_written(client, enter, places):
    enter()
    known = Device.objects.first().serial
    before = written()

    page = client.post("/devices/import/", table(known, "B 2", "B-3", "B-3"))

    words = page.content.decode()
    assert all(f"第 {row} 行：" in words for row in (2, 3, 4, 5))
    assert (page.context["token"], written()) == ("", before)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", "别的列\n1".encode(), b"PK\x03\x04broken"])
def test_what_is_no_table_is_refused_in_words(client, enter, content):
    enter()

    page = client.post("/devices/import/", {"file": SimpleUploadedFile("x.csv", content)})

    assert (page.status_code, Device.objects.count()) == (422, 0)


def test_a_device_is_handed_out_swapped_and_taken_back(client, enter, places):
    post = enter(Role.GRID, area_code=make.GRID)
    found = client.post(f"/devices/{places['stock']}/hand-out/", {"name": "次仁"})
    address = f"/devices/{places['stock']}/hand-out/{places['home']}/{places['who']}/"
    assert address in found.content.decode()
    assert "路程巷3号院2栋302" in client.get(address).content.decode()
    contact = {"name": "边巴", "phone": "13900000002", "relation": "儿子", "is_agreed": "on", "is_told": "on"}

    given = FORM | {"is_located": "on", "notes": "钥匙在301", "contacts-TOTAL_FORMS": 2}
    client.post(address, given | {f"contacts-0-{name}": words for name, words in contact.items()})

    holding = Holding.objects.get(device=places["stock"])
    assert (holding.resident_id, holding.handed_by_post_id) == (places["who"], post.pk)
    assert holding.location_consent_id is not None
    other = make_call.device()
    client.post(f"/devices/{places['stock']}/swap/", {"serial": other.serial, "words": "坏了"})
    client.post(f"/devices/{other.pk}/take-back/", {"words": "搬走了"})
    states = dict(Device.objects.values_list("pk", "state"))
    assert (states[places["stock"]], states[other.pk]) == ("IN_STOCK", "IN_STOCK")
    assert Holding.objects.filter(ended_at=None).count() == 1  # the other one, of another person


def test_without_the_consent_nothing_is_handed_out_and_what_was_typed_stays(client, enter, places):
    enter()
    address = f"/devices/{places['stock']}/hand-out/{places['home']}/{places['who']}/"
    before = written()

    page = client.post(address, FORM | {"is_agreed": "", "entrance": "从北门进"})

    assert (page.status_code, written()) == (422, before)
    assert "从北门进" in page.content.decode()


def test_the_holder_is_opened_for_a_purpose_and_can_read_of_it(client, enter, places):
    enter()

    assert "次仁" not in client.get(f"/devices/{places['held']}/").content.decode()
    page = client.post(f"/devices/{places['held']}/open/").content.decode()

    assert "次仁" in page
    assert "钥匙在隔壁301" in page
    look = Look.objects.get()
    assert (look.purpose, look.subject) == ("SERVICE", f"device {Device.objects.get(pk=places['held']).serial}")


def test_devices_are_found_by_state_kind_task_and_words(client, enter, places):
    enter()
    held = Device.objects.get(pk=places["held"])

    def found(query):
        return client.get(f"/devices/?{query}").context["page"].count_words

    assert found("state=HANDED_OUT") == found(f"q={held.serial}") == found("q=路程巷") == found("task=BATTERY")
    assert found("state=RETIRED") != found("state=HANDED_OUT")
    page = client.post("/devices/find/", {"name": "次仁"})
    assert held.serial in page.content.decode()


def test_rows_about_people_leave_in_a_file_only_for_a_purpose(client, enter, places):
    enter()

    assert 'name="purpose"' in client.get("/devices/?export=csv").content.decode()
    assert Export.objects.count() == 0
    answer = client.get("/devices/?export=csv&purpose=SERVICE")

    assert "路程巷3号院2栋302" in b"".join(answer.streaming_content).decode("utf-8-sig")
    assert Export.objects.get().is_personal


def test_a_test_press_shows_in_the_round(client, enter, places):
    enter()
    serial = Device.objects.get(pk=places["held"]).serial
    assert "从未试按" in client.get("/devices/round/").content.decode()

    calls.take_in(received=[make_call.press(serial, kind=PressKind.TEST)], at=timezone.now())

    page = client.get("/devices/round/")
    assert "本月已试按 <strong>1</strong> 台，共 <strong>1</strong> 台在用" in page.content.decode()
    assert page.context["tried"] == 1


def test_a_task_is_done_on_the_page_of_its_device(client, enter, places):
    enter()

    client.post(f"/devices/tasks/{places['task']}/done/", {"words": "换了电池"})

    assert DeviceTask.objects.get(pk=places["task"]).words == "换了电池"
    assert "换了电池" in client.get(f"/devices/{places['stock']}/").content.decode()


def test_every_number_of_punctuality_opens_its_rows(client, enter, places):
    enter()
    held = Holding.objects.get()
    at = timezone.now() - timedelta(hours=3)
    for ref in range(3):
        make_call.call(at=at, held=held, ref=str(ref))
    Call.objects.filter(press__ref="0").update(answered_at=at + timedelta(seconds=20))

    page = client.get("/devices/punctuality/").content.decode()

    assert "1 / 3（33.3%）" in page
    rows = client.get("/devices/punctuality/calls/?measure=in-30").context["page"]
    assert rows.count_words != client.get("/devices/punctuality/calls/").context["page"].count_words
    hour = timezone.localtime(at).hour
    assert client.get(f"/devices/punctuality/calls/?hour={hour}&grid={make.GRID}").status_code == 200
    assert client.get("/devices/punctuality/calls/?hour=99&grid=x&measure=%00").status_code == 200
