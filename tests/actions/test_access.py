"""The one door: purpose, area, the look that is written first; and row-level security behind it."""

import pytest
from django.db import ProgrammingError, connection, transaction

from linli.people import access, actions, queries
from linli.people.models import Household, Look, Resident
from linli.people.rules import PURPOSES, Contact, Purpose
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.staff.queries import scope_of
from tests import make_staff as make
from tests.make_staff import AT, GRID, OTHER_COMMUNITY

pytestmark = pytest.mark.django_db

WORKERS = list(make.KINDS)
IN_AREA = {Role.GRID, Role.COMMUNITY, Role.STREET, Role.DISTRICT}


@pytest.fixture
def as_application():
    """Take on the application's own database role, which row-level security binds."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE linli_app")
    yield
    connection.needs_rollback = False
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.parametrize("role", WORKERS)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_role_opens_a_resident_for_its_purposes_in_its_area_only(role, purpose):
    resident, viewer = make.resident("卓玛"), make.post(role)

    if role in IN_AREA and purpose in PURPOSES.get(role, ()):
        card = access.open_resident(resident_id=resident.pk, viewer=viewer, purpose=purpose, at=AT)
        assert card.name == "卓玛"
        assert Look.objects.get().purpose == purpose
    else:
        with pytest.raises(Refused):
            access.open_resident(resident_id=resident.pk, viewer=viewer, purpose=purpose, at=AT)
        assert Look.objects.count() == 0


@pytest.mark.parametrize("purpose", ["", "CURIOSITY", "看看"])
def test_without_a_known_purpose_nothing_opens(purpose):
    resident, viewer = make.resident(), make.post()

    with pytest.raises(Refused, match="目的"):
        access.open_resident(resident_id=resident.pk, viewer=viewer, purpose=purpose, at=AT)

    assert Look.objects.count() == 0


def test_the_look_says_who_whose_why_and_when():
    resident = make.resident()
    viewer = make.post(of=make.unit(name="洛堆社区"), by=make.account(name="扎西"))

    access.open_resident(resident_id=resident.pk, viewer=viewer, purpose=Purpose.VISIT, at=AT, subject="民情日志 7")

    look = Look.objects.get()
    assert (look.viewer_words, look.viewer_post_id, look.viewer_unit_id) == (
        "洛堆社区 社工 扎西",
        viewer.pk,
        viewer.unit_id,
    )
    assert (look.resident, look.purpose, look.what, look.subject, look.at) == (
        resident, "VISIT", "RECORD", "民情日志 7", AT,
    )  # fmt: skip


def test_the_look_is_written_before_anything_is_unsealed(monkeypatch):
    resident, viewer = make.resident(), make.post()
    looks_when_unsealed = []
    monkeypatch.setattr(access, "unseal", lambda _sealed: looks_when_unsealed.append(Look.objects.count()) or "卓玛")

    access.open_resident(resident_id=resident.pk, viewer=viewer, purpose=Purpose.VISIT, at=AT)

    assert looks_when_unsealed == [1]


def test_a_resident_elsewhere_is_as_unknown_as_one_who_does_not_exist():
    elsewhere = make.resident(of=make.household(OTHER_COMMUNITY))
    viewer, sentences = make.post(), set()

    for resident_id in (elsewhere.pk, 10**9):
        with pytest.raises(Refused) as refusal:
            access.open_resident(resident_id=resident_id, viewer=viewer, purpose=Purpose.VISIT, at=AT)
        sentences.add(refusal.value.sentence)

    assert len(sentences) == 1
    assert Look.objects.count() == 0


def test_everyone_in_a_household_sees_that_it_was_opened():
    household = make.household()
    parent, child = make.resident("父亲", of=household), make.resident("女儿", of=household)

    card = access.open_household(household_id=household.pk, viewer=make.post(), purpose=Purpose.SERVICE, at=AT)

    assert [resident.name for resident in card.residents] == ["父亲", "女儿"]
    assert [len(queries.looks_at(resident.pk)) for resident in (parent, child)] == [1, 1]


def test_an_empty_household_leaves_a_look_too():
    household = make.household()

    access.open_household(household_id=household.pk, viewer=make.post(), purpose=Purpose.SERVICE, at=AT)

    assert Look.objects.get().household == household


def test_a_household_elsewhere_stays_closed():
    household = make.household(OTHER_COMMUNITY)

    with pytest.raises(Refused):
        access.open_household(household_id=household.pk, viewer=make.post(), purpose=Purpose.SERVICE, at=AT)

    assert Look.objects.count() == 0


# Contacts ----------------------------------------------------------------------------------------


def test_a_department_opens_the_contact_of_its_case_by_naming_the_case():
    contact_id = actions.keep_contact(name="卓玛", phone="13908912345", email="", at=AT)
    viewer = make.post(Role.DEPARTMENT)

    contact = access.open_contact(
        contact_id=contact_id, viewer=viewer, purpose=Purpose.HANDLE_CASE, subject="20261123-0007", at=AT
    )

    assert contact == Contact("卓玛", "13908912345", "")
    assert Look.objects.get().subject == "20261123-0007"


@pytest.mark.parametrize(
    ("role", "purpose", "subject"),
    [
        (Role.DEPARTMENT, Purpose.HANDLE_CASE, ""),
        (Role.DEPARTMENT, Purpose.VISIT, "20261123-0007"),
        (Role.ADMIN, Purpose.HANDLE_CASE, "20261123-0007"),
        (Role.AUDITOR, Purpose.SUPERVISE, "20261123-0007"),
        (Role.GRID, Purpose.SUPERVISE, "20261123-0007"),
    ],
)
def test_a_contact_stays_closed_without_case_purpose_or_role(role, purpose, subject):
    contact_id = actions.keep_contact(name="卓玛", phone="13908912345", email="", at=AT)
    viewer = make.post(role)

    with pytest.raises(Refused):
        access.open_contact(contact_id=contact_id, viewer=viewer, purpose=purpose, subject=subject, at=AT)

    assert Look.objects.count() == 0


def test_a_department_never_opens_the_contact_in_a_residents_record():
    resident = make.resident(phone="13908912345")
    with acting(EVERYTHING):
        contact_id = resident.contact_points.get().pk
    viewer = make.post(Role.DEPARTMENT)

    with pytest.raises(Refused):
        access.open_contact(contact_id=contact_id, viewer=viewer, purpose=Purpose.HANDLE_CASE, subject="1", at=AT)

    assert Look.objects.count() == 0


def test_the_system_opens_a_contact_only_to_tell_the_person_something():
    contact_id = actions.keep_contact(name="卓玛", phone="13908912345", email="", at=AT)

    with pytest.raises(Refused):
        access.open_contact(contact_id=contact_id, viewer=None, purpose=Purpose.HANDLE_CASE, subject="1", at=AT)

    access.open_contact(contact_id=contact_id, viewer=None, purpose=Purpose.NOTICE, at=AT)
    assert [(look.viewer_words, look.purpose) for look in Look.objects.all()] == [("系统", "NOTICE")]


# The resident's own record -----------------------------------------------------------------------


def test_the_resident_reads_the_record_and_who_has_seen_it():
    resident = make.resident("卓玛", phone="13908912345")
    access.open_resident(resident_id=resident.pk, viewer=make.post(), purpose=Purpose.VISIT, at=AT)

    card, contacts = access.open_own_record(resident_id=resident.pk, at=AT)

    assert (card.name, [contact.phone for contact in contacts]) == ("卓玛", ["13908912345"])
    assert [(line.viewer[-2:], line.purpose, line.what) for line in queries.looks_at(resident.pk)] == [
        ("本人", "本人查看", "个人资料"),
        ("张三", "入户走访", "个人资料"),
    ]


def test_the_own_link_opens_only_the_own_record_and_ends_with_a_new_one():
    resident, other = make.resident(), make.resident("旺堆")
    token = queries.record_token(resident)

    assert queries.resident_by_token(resident.pk, token) == resident
    for resident_id, tried in [(other.pk, token), (resident.pk, "0" * 24), (10**9, token), (resident.pk, "")]:
        with pytest.raises(Refused):
            queries.resident_by_token(resident_id, tried)

    actions.renew_link(resident_id=resident.pk, at=AT, post=None)
    with pytest.raises(Refused):
        queries.resident_by_token(resident.pk, token)


# Row-level security: a forgotten filter shows nothing rather than everything ---------------------


def test_without_a_scope_the_application_sees_nobody(as_application):
    with acting(EVERYTHING):
        make.resident()

    assert (Resident.objects.count(), Household.objects.count()) == (0, 0)


@pytest.mark.parametrize(("role", "seen"), [(Role.GRID, 1), (Role.COMMUNITY, 2), (Role.STREET, 3), (Role.DISTRICT, 3),
                                            (Role.DEPARTMENT, 0), (Role.HEALTH, 0), (Role.AUDITOR, 0)])  # fmt: skip
def test_the_database_shows_a_post_its_own_area(as_application, role, seen):
    with acting(EVERYTHING):
        for area_code in (GRID, "540102001001002", OTHER_COMMUNITY):
            make.resident(of=make.household(area_code))
        post = make.post(role)

    with acting(scope_of(post)):
        assert (Resident.objects.count(), Household.objects.count()) == (seen, seen)


def test_the_database_takes_no_row_outside_the_scope(as_application):
    with acting(EVERYTHING):
        post = make.post()

    with acting(scope_of(post)), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Household.objects.create(area_code=OTHER_COMMUNITY, address="别处", created_at=AT)


@pytest.mark.parametrize("role", [Role.GRID, Role.COMMUNITY, Role.STREET, Role.DISTRICT])
def test_the_door_works_under_row_level_security(as_application, role):
    with acting(EVERYTHING):
        household = make.household()
        resident = make.resident("卓玛", of=household, phone="13908912345")
        contact_id = resident.contact_points.get().pk
        post = make.post(role)
    purpose = Purpose.EMERGENCY

    with acting(scope_of(post)):
        access.open_household(household_id=household.pk, viewer=post, purpose=purpose, at=AT)
        access.open_resident(resident_id=resident.pk, viewer=post, purpose=purpose, at=AT)
        access.open_contact(contact_id=contact_id, viewer=post, purpose=purpose, at=AT)

        assert queries.look_log(post).count() == 3


def test_a_department_opens_its_cases_contact_under_row_level_security(as_application):
    with acting(EVERYTHING):
        contact_id = actions.keep_contact(name="卓玛", phone="13908912345", email="", at=AT)
        post = make.post(Role.DEPARTMENT)

    with acting(scope_of(post)):
        contact = access.open_contact(
            contact_id=contact_id, viewer=post, purpose=Purpose.HANDLE_CASE, subject="20261123-0007", at=AT
        )

    assert contact.phone == "13908912345"


def test_the_application_removes_nobody(as_application):
    with acting(EVERYTHING):
        make.resident()

        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute("DELETE FROM people_resident")
