"""The people pages by HTTP: per role, with purpose, without traces where something was refused."""

import re

import pytest

from linli.people import actions, queries
from linli.people.models import Consent, ContactPoint, Household, Look, Need, Resident
from linli.shared.models import AuditEntry
from linli.shared.roles import Role
from tests import make as make_case
from tests import make_staff as make
from tests.make_staff import AT, GRID, OTHER_COMMUNITY

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
KEEPERS = {Role.GRID, Role.COMMUNITY, Role.STREET}


@pytest.fixture
def enter(client):
    def entered(role=Role.COMMUNITY):
        post = make.post(role)
        client.force_login(post.account, backend=BACKEND)
        client.get("/account/posts/")
        return client

    return entered


def traces():
    """What any of the pages could have written."""
    models = [Household, Resident, Consent, Need, ContactPoint, Look, AuditEntry]
    return [model.objects.count() for model in models] + [Need.objects.filter(ended_at=None).count()]


def pages(household, resident):
    """Every page: method, address, what is sent."""
    at = f"/people/household/{household.pk}"
    of = f"{at}/resident/{resident.pk}"
    need, consent, contact = Need.objects.get(), Consent.objects.first(), ContactPoint.objects.get()
    return {
        "list": ("get", "/people/", {}),
        "find": ("post", "/people/find/", {"name": "卓玛"}),
        "new household": ("post", "/people/household/new/", {"area_code": GRID, "address": "9号院901"}),
        "purpose": ("get", f"{at}/", {}),
        "household": ("get", f"{at}/", {"for": "VISIT"}),
        "looks": ("get", f"{at}/looks/", {}),
        "new resident": (
            "post",
            f"{at}/resident/",
            {"name": "旺堆", "relation": "HEAD", "language": "bo", "giver": "SELF", "way": "SIGNED"},
        ),
        "new need": ("post", f"{of}/need/", {"tag_code": "VOLUNTEER", "giver": "SELF", "way": "SPOKEN"}),
        "end need": ("post", f"{at}/need/{need.pk}/end/", {"reason": "不需要了"}),
        "withdraw": ("post", f"{at}/consent/{consent.pk}/withdraw/", {}),
        "contact": ("post", f"{at}/contact/{contact.pk}/", {"for": "VISIT"}),
        "new contact": ("post", f"{of}/contact/", {"phone": "13908910002"}),
        "correct": ("get", f"{of}/correct/", {}),
        "corrected": ("post", f"{of}/correct/", {"name": "央金", "language": "bo", "reason": "写错了"}),
        "leave": ("post", f"{of}/leave/", {"reason": "搬家"}),
        "link": ("post", f"{of}/link/", {}),
    }


NAMES = [
    "list", "find", "new household", "purpose", "household", "looks", "new resident", "new need", "end need",
    "withdraw", "contact", "new contact", "correct", "corrected", "leave", "link",
]  # fmt: skip


def someone(area_code=GRID):
    make_case.area(GRID, "01网格")
    household = make.household(area_code)
    resident = make.resident("卓玛", of=household, phone="13908912345", birth_year=1950)
    actions.add_need(tag_code="LIVES_ALONE", consent=make.consent(), resident_id=resident.pk, at=AT, post=None)
    return household, resident


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("role", list(make.KINDS))
def test_every_page_opens_for_keepers_and_for_nobody_else(enter, role, name):
    client, (household, resident) = enter(role), someone()
    method, address, sent = pages(household, resident)[name]
    before = traces()

    response = getattr(client, method)(address, sent)

    if role in KEEPERS:
        assert response.status_code in {200, 302}, response.content.decode()
    else:
        assert response.status_code == 403
        assert traces() == before


@pytest.mark.parametrize("name", NAMES)
def test_every_page_asks_a_stranger_to_log_in(client, name):
    method, address, sent = pages(*someone())[name]
    before = traces()

    response = getattr(client, method)(address, sent)

    assert response["Location"].startswith("/login/")
    assert traces() == before


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"list", "find", "new household"}])
def test_nothing_opens_and_nothing_changes_in_another_area(enter, name):
    client = enter()
    method, address, sent = pages(*someone(OTHER_COMMUNITY))[name]
    before = traces()

    response = getattr(client, method)(address, sent)

    assert response.status_code in {409, 422}
    assert traces() == before
    assert "卓玛" not in response.content.decode()


# The list ----------------------------------------------------------------------------------------


def test_the_list_shows_doors_and_needs_but_no_name_and_no_phone(enter):
    client = enter()
    household, _resident = someone()

    page = client.get("/people/").content.decode()

    assert household.address in page
    assert "独居老人" in page
    assert [word for word in ("卓玛", "13908912345") if word in page] == []
    assert Look.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_row_and_for_three(enter, count, django_assert_num_queries):
    client = enter()
    for _ in range(count):
        someone()
    client.get("/people/")

    with django_assert_num_queries(2):  # the session with its account, the rows
        client.get("/people/")


def test_the_list_is_filtered_by_tag_and_door(enter):
    client = enter()
    household, _resident = someone()
    other = make.household(address="远处的门")

    assert other.address not in client.get("/people/?tag=LIVES_ALONE").content.decode()
    assert household.address not in client.get("/people/?q=远处").content.decode()


def test_the_list_is_not_handed_out_as_a_file(enter):
    client = enter()
    household, _resident = someone()

    content = client.get("/people/?export=csv").getvalue().decode()

    assert household.address not in content


# Opening -----------------------------------------------------------------------------------------


def test_before_the_purpose_is_said_nothing_is_shown(enter):
    client, (household, _resident) = enter(), someone()

    page = client.get(f"/people/household/{household.pk}/").content.decode()

    assert "卓玛" not in page
    assert Look.objects.count() == 0


def test_with_a_purpose_the_household_opens_and_the_look_is_kept(enter):
    client, (household, resident) = enter(), someone()

    page = client.get(f"/people/household/{household.pk}/?for=SERVICE")

    assert "卓玛" in page.content.decode()
    assert "13908912345" not in page.content.decode()
    assert (Look.objects.get().resident, Look.objects.get().purpose) == (resident, "SERVICE")
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("purpose", ["SUPERVISE", "NOTICE", "OWN_RECORD", "CURIOSITY"])
def test_a_purpose_that_is_not_ones_own_opens_nothing(enter, purpose):
    client, (household, _resident) = enter(), someone()

    response = client.get(f"/people/household/{household.pk}/?for={purpose}")

    assert response.status_code == 409
    assert Look.objects.count() == 0


def test_the_phone_is_shown_after_its_own_look(enter):
    client, (household, _resident) = enter(), someone()
    contact = ContactPoint.objects.get()

    page = client.post(f"/people/household/{household.pk}/contact/{contact.pk}/", {"for": "VISIT"}).content.decode()

    assert "13908912345" in page
    assert [look.what for look in Look.objects.all()] == ["CONTACT"]


def test_a_phone_without_purpose_stays_closed(enter):
    client, (household, _resident) = enter(), someone()
    contact = ContactPoint.objects.get()

    response = client.post(f"/people/household/{household.pk}/contact/{contact.pk}/", {})

    assert response.status_code == 409
    assert Look.objects.count() == 0


def test_the_looks_of_a_household_are_listed(enter):
    client, (household, _resident) = enter(), someone()
    client.get(f"/people/household/{household.pk}/?for=SERVICE")

    page = client.get(f"/people/household/{household.pk}/looks/").content.decode()

    assert "提供服务" in page


# Writing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("new household", {"address": ""}),
        ("new household", {"area_code": OTHER_COMMUNITY}),
        ("new resident", {"name": " "}),
        ("new resident", {"name": "长" * 41}),
        ("new resident", {"phone": "12345"}),
        ("new resident", {"birth_year": "2020"}),
        ("new resident", {"giver": "CAT"}),
        ("new resident", {"consent_until": "2001-01-01"}),
        ("new need", {"tag_code": "RENTED"}),
        ("new need", {"until_on": "gestern"}),
        ("new contact", {"phone": ""}),
        ("corrected", {"reason": ""}),
        ("corrected", {"birth_year": "1200"}),
    ],
)
def test_a_bad_answer_is_sent_back_with_words_and_writes_nothing(enter, name, changed):
    client = enter()
    _method, address, sent = pages(*someone())[name]
    before = traces()

    response = client.post(address, {**sent, **changed})

    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert traces() == before


def test_a_withdrawn_consent_ends_its_need_in_one_click(enter):
    client, (household, _resident) = enter(), someone()
    need = Need.objects.get()

    response = client.post(f"/people/household/{household.pk}/consent/{need.consent_id}/withdraw/", {"for": "VISIT"})

    assert response["Location"] == f"/people/household/{household.pk}/?for=VISIT"
    assert Need.objects.filter(ended_at=None).count() == 0


def test_a_name_is_never_part_of_an_address(enter):
    assert enter().get("/people/find/?name=卓玛").status_code == 405


# The resident's own record -----------------------------------------------------------------------


def own(resident):
    return f"/my/{resident.pk}/{queries.record_token(resident)}/"


def test_the_resident_reads_what_is_kept_and_who_has_seen_it(client, enter):
    household, resident = someone()
    make.unit(name="洛堆社区")
    enter().get(f"/people/household/{household.pk}/?for=SERVICE")
    client.post("/logout/")

    page = client.get(own(resident)).content.decode()

    assert [word for word in ("卓玛", "13908912345", "独居老人", "提供服务", "洛堆社区") if word not in page] == []


def test_the_resident_takes_a_consent_back_in_one_click(client):
    make.unit()
    _household, resident = someone()
    page = client.get(own(resident)).content.decode()
    address = re.search(rf'action="({re.escape(own(resident))}withdraw/{Need.objects.get().consent_id}/)"', page)

    response = client.post(address.group(1))

    assert response["Location"] == own(resident)
    assert Need.objects.get().ended_reason == "本人撤回"


@pytest.mark.parametrize("token", ["0" * 24, "x", "é" * 24])
def test_a_wrong_link_shows_nothing(client, token):
    _household, resident = someone()

    response = client.get(f"/my/{resident.pk}/{token}/")

    assert response.status_code == 409
    assert "卓玛" not in response.content.decode()
    assert Look.objects.count() == 0


def test_the_link_given_by_the_worker_opens_and_the_old_one_does_not(enter):
    client, (household, resident) = enter(), someone()
    old = own(resident)

    page = client.post(f"/people/household/{household.pk}/resident/{resident.pk}/link/").content.decode()

    new = re.search(r"http://testserver(/my/[^<]+)<", page).group(1)
    assert client.get(new).status_code == 200
    assert client.get(old).status_code == 409
