"""Households, residents, consents, needs: each verb, and what is refused."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from linli.people import access, actions, queries
from linli.people.models import Consent, ContactPoint, Household, Look, Membership, Need, NeedTag, Resident
from linli.people.rules import Contact, Purpose
from linli.shared.models import AuditEntry
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from tests import make_staff as make
from tests.make_staff import AT, GRID, OTHER_COMMUNITY

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=30)


def stored_text():
    """Everything the people tables hold, as the database prints it."""
    tables = ["people_resident", "people_contactpoint", "shared_auditentry", "people_look", "people_membership"]
    with connection.cursor() as cursor:
        found = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t")  # noqa: S608 -- our own table names
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


# Contacts of appeals -----------------------------------------------------------------------------


def test_a_contact_is_kept_in_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        contact_id = actions.keep_contact(name="卓玛", phone="139 0891 2345", email="", at=AT)

    point = ContactPoint.objects.get(pk=contact_id)
    assert (point.kept_until, point.area_code, point.resident_id) == (date(2029, 11, 23), "", None)


def test_nothing_left_writes_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert actions.keep_contact(name="", phone=" ", email="", at=AT) is None


def test_many_contacts_are_kept_in_one_statement_and_in_order(django_assert_num_queries):
    with django_assert_num_queries(1):
        kept = actions.keep_contacts(given=[Contact("甲", "13908910001"), None, Contact("乙", "13908910002")], at=AT)

    assert kept[1] is None
    assert [ContactPoint.objects.filter(pk=pk).count() for pk in kept] == [1, 0, 1]
    first = access.open_contact(contact_id=kept[0], viewer=None, purpose=Purpose.NOTICE, at=AT)
    assert first == Contact("甲", "13908910001", "")


def test_a_bad_number_keeps_nothing():
    with pytest.raises(Refused, match="电话号码"):
        actions.keep_contact(name="卓玛", phone="12345", email="", at=AT)

    assert ContactPoint.objects.count() == 0


def test_the_same_phone_has_the_same_index_and_another_envelope():
    one, two = (actions.keep_contact(name="卓玛", phone="13908912345", email="", at=AT) for _ in range(2))
    first, second = ContactPoint.objects.get(pk=one), ContactPoint.objects.get(pk=two)

    assert bytes(first.phone_index) == bytes(second.phone_index)
    assert bytes(first.contact_sealed) != bytes(second.contact_sealed)


def test_neither_name_nor_phone_can_be_read_in_the_tables():
    resident = make.resident("仁青卓玛", phone="13908912345")
    actions.keep_contact(name="仁青卓玛", phone="13908912345", email="a@example.cn", at=AT)
    access.open_resident(resident_id=resident.pk, viewer=make.post(), purpose=Purpose.VISIT, at=AT)

    stored = stored_text()

    assert [word for word in ("仁青卓玛", "13908912345", "a@example.cn") if word in stored] == []


def test_a_contact_is_erased_after_three_years():
    contact_id = actions.keep_contact(name="卓玛", phone="13908912345", email="", at=AT)

    assert actions.erase_expired_contacts(at=AT + timedelta(days=365)) == 0
    assert actions.erase_expired_contacts(at=AT + timedelta(days=1200)) == 1

    point = ContactPoint.objects.get(pk=contact_id)
    assert (bytes(point.contact_sealed), point.phone_index) == (b"", None)
    with pytest.raises(Refused, match="抹除"):
        access.open_contact(contact_id=contact_id, viewer=None, purpose=Purpose.NOTICE, at=AT)


# Households and residents ------------------------------------------------------------------------


def test_a_household_is_registered_once():
    post = make.post()
    actions.register_household(area_code=GRID, address=" 3号院  2栋301 ", at=AT, post=post)

    with pytest.raises(Refused, match="已经登记"):
        actions.register_household(area_code=GRID, address="3号院 2栋301", at=AT, post=post)

    assert Household.objects.get().address == "3号院 2栋301"
    assert AuditEntry.objects.get().by_post_id == post.pk


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.HEALTH, Role.DISTRICT, Role.ADMIN, Role.AUDITOR])
def test_only_the_neighbourhood_keeps_records(role):
    post = make.post(role)

    with pytest.raises(Refused):
        actions.register_household(area_code=GRID, address="3号院301", at=AT, post=post)

    assert Household.objects.count() == 0
    assert AuditEntry.objects.count() == 0


def test_a_household_elsewhere_is_not_yours():
    with pytest.raises(Refused):
        actions.register_household(area_code=OTHER_COMMUNITY, address="3号院301", at=AT, post=make.post())

    assert Household.objects.count() == 0


@pytest.mark.parametrize("address", ["", "  ", "长" * 121])
def test_an_address_must_say_something(address):
    with pytest.raises(Refused):
        actions.register_household(area_code=GRID, address=address, at=AT, post=None)


def test_a_resident_comes_with_consent_and_membership():
    household = make.household()

    resident = make.resident("卓玛", of=household, birth_year=1950, sex="F", relation="HEAD", phone="13908912345")

    assert Membership.objects.get().household == household
    assert (Consent.objects.get().resident, Consent.objects.get().purpose) == (resident, actions.LIVING_HERE)
    assert ContactPoint.objects.get().resident == resident
    assert resident.area_code == household.area_code


@pytest.mark.parametrize("columns", [{"sex": "X"}, {"birth_year": 1800}, {"phone": "1"}])
def test_a_resident_who_cannot_be_is_not_registered(columns):
    household = make.household()

    with pytest.raises(Refused):
        make.resident(of=household, **columns)

    assert (Resident.objects.count(), Consent.objects.count()) == (0, 0)


def test_a_childs_consent_is_the_guardians():
    with pytest.raises(Refused, match="监护人"):
        make.resident(birth_year=2020)

    make.resident(birth_year=2020, consent=make.consent("GUARDIAN"))
    assert Consent.objects.get().giver == "GUARDIAN"


def test_a_correction_says_what_was_corrected_but_not_to_what():
    resident = make.resident("卓马")

    actions.correct_resident(resident_id=resident.pk, reason="写错了", name="卓玛", birth_year=1951, at=AT, post=None)

    entry = AuditEntry.objects.get(verb="correct_resident")
    assert (entry.detail, entry.reason) == ({"columns": ["birth_year", "name"]}, "写错了")
    assert queries.residents_named("卓玛", post=make.post())[0][0] == resident.pk


@pytest.mark.parametrize("corrected", [{}, {"area_code": "540102"}, {"name": " "}, {"birth_year": 1700}, {"sex": "?"}])
def test_a_correction_that_corrects_nothing_is_refused(corrected):
    resident = make.resident(birth_year=1950)

    with pytest.raises(Refused):
        actions.correct_resident(resident_id=resident.pk, reason="更正", at=AT, post=None, **corrected)

    resident.refresh_from_db()
    assert resident.birth_year == 1950


def test_who_leaves_keeps_a_past_but_no_needs_and_no_contact():
    resident = make.resident(phone="13908912345")
    actions.add_need(tag_code="LIVES_ALONE", consent=make.consent(), resident_id=resident.pk, at=AT, post=None)

    actions.leave(resident_id=resident.pk, on=LATER.date(), reason="搬家", at=LATER, post=make.post())

    assert Need.objects.get().ended_reason == "搬家"
    assert bytes(ContactPoint.objects.get().contact_sealed) == b""
    assert Membership.objects.get().until_on == LATER.date()
    with pytest.raises(Refused, match="迁出"):
        actions.leave(resident_id=resident.pk, on=LATER.date(), reason="搬家", at=LATER, post=None)


# Needs and consents ------------------------------------------------------------------------------


def test_the_tags_a_district_starts_with():
    tags = {tag.code: (tag.name_zh, tag.colour, tag.visit_interval_days) for tag in queries.need_tags()}

    assert len(tags) == 12
    assert tags["LIVES_ALONE"] == ("独居老人", "#c62828", 7)
    assert tags["BOTH_WORKING"] == ("双职工家庭", "#1565c0", 90)
    assert tags["RENTED"] == ("出租房", "#2e7d32", 90)


def test_a_need_rests_on_a_consent():
    resident = make.resident()

    need = actions.add_need(
        tag_code="DISABLED",
        consent=make.consent(until_on=LATER.date()),
        resident_id=resident.pk,
        at=AT,
        post=make.post(),
    )

    assert need.consent is not None
    assert (need.consent.is_separate, need.consent.purpose) == (True, "辅具适配、无障碍改造和康复服务")
    assert need.until_on == LATER.date()


def test_without_consent_only_a_legal_duty_is_recorded():
    household, resident = make.household(), make.resident()

    actions.add_need(tag_code="RENTED", consent=None, household_id=household.pk, at=AT, post=None)
    with pytest.raises(Refused, match="征得同意"):
        actions.add_need(tag_code="LIVES_ALONE", consent=None, resident_id=resident.pk, at=AT, post=None)

    assert [need.tag_id for need in Need.objects.all()] == ["RENTED"]


@pytest.mark.parametrize(
    ("tag", "bearer"), [("LIVES_ALONE", "household_id"), ("RENTED", "resident_id"), ("NO_SUCH_TAG", "resident_id")]
)
def test_a_tag_on_the_wrong_bearer_is_refused(tag, bearer):
    household = make.household()
    resident = make.resident(of=household)
    whose = {"household_id": household.pk} if bearer == "household_id" else {"resident_id": resident.pk}

    with pytest.raises(Refused):
        actions.add_need(tag_code=tag, consent=make.consent(), at=AT, post=None, **whose)

    assert Need.objects.count() == 0


def test_a_need_is_on_record_once():
    resident = make.resident()
    actions.add_need(tag_code="LIVES_ALONE", consent=make.consent(), resident_id=resident.pk, at=AT, post=None)

    with pytest.raises(Refused, match="已经登记"):
        actions.add_need(tag_code="LIVES_ALONE", consent=make.consent(), resident_id=resident.pk, at=AT, post=None)

    assert Need.objects.count() == 1
    assert Consent.objects.filter(scope__contains="独居老人").count() == 1


def test_a_need_may_come_back_after_it_ended():
    resident = make.resident()
    need = actions.add_need(tag_code="MATERNITY", consent=make.consent(), resident_id=resident.pk, at=AT, post=None)

    actions.end_need(need_id=need.pk, reason="产后满一年", at=LATER, post=None)

    actions.add_need(tag_code="MATERNITY", consent=make.consent(), resident_id=resident.pk, at=LATER, post=None)
    assert Need.objects.filter(ended_at=None).count() == 1
    with pytest.raises(Refused, match="已经结束"):
        actions.end_need(need_id=need.pk, reason="再来一次", at=LATER, post=None)


def test_withdrawing_a_consent_ends_what_rests_on_it_and_nothing_else():
    resident = make.resident(phone="13908912345")
    kept = actions.add_need(tag_code="VOLUNTEER", consent=make.consent(), resident_id=resident.pk, at=AT, post=None)
    need = actions.add_need(tag_code="LIVES_ALONE", consent=make.consent(), resident_id=resident.pk, at=AT, post=None)

    ended_count = actions.withdraw_consent(consent_id=need.consent_id, at=LATER, post=make.post())

    assert ended_count == 1
    assert list(Need.objects.filter(ended_at=None)) == [kept]
    assert bytes(ContactPoint.objects.get().contact_sealed) != b""
    with pytest.raises(Refused, match="已经撤回"):
        actions.withdraw_consent(consent_id=need.consent_id, at=LATER, post=None)


def test_withdrawing_the_consent_to_be_registered_erases_the_contacts():
    resident = make.resident(phone="13908912345")

    actions.withdraw_own_consent(resident_id=resident.pk, consent_id=Consent.objects.get().pk, at=LATER)

    assert bytes(ContactPoint.objects.get().contact_sealed) == b""
    assert AuditEntry.objects.get(verb="withdraw_consent").by_words == "本人"


def test_nobody_withdraws_somebody_elses_consent():
    mine, other = make.resident(), make.resident("旺堆")
    theirs = Consent.objects.get(resident=other)

    with pytest.raises(Refused):
        actions.withdraw_own_consent(resident_id=mine.pk, consent_id=theirs.pk, at=LATER)

    theirs.refresh_from_db()
    assert theirs.withdrawn_at is None


def test_needs_end_by_themselves_when_their_term_is_over():
    resident = make.resident()
    actions.add_need(
        tag_code="MATERNITY", consent=make.consent(until_on=AT.date()), resident_id=resident.pk, at=AT, post=None
    )

    assert actions.end_expired_needs(at=AT) == 0
    assert actions.end_expired_needs(at=AT + timedelta(days=1)) == 1
    assert actions.end_expired_needs(at=AT + timedelta(days=1)) == 0


@pytest.mark.parametrize(
    "act",
    [
        lambda r, post: actions.add_contact(resident_id=r.pk, phone="13908912345", at=AT, post=post),
        lambda r, post: actions.correct_resident(resident_id=r.pk, reason="x", birth_year=1950, at=AT, post=post),
        lambda r, post: actions.leave(resident_id=r.pk, on=AT.date(), reason="x", at=AT, post=post),
        lambda r, post: actions.renew_link(resident_id=r.pk, at=AT, post=post),
        lambda r, post: actions.add_need(
            tag_code="VOLUNTEER", consent=make.consent(), resident_id=r.pk, at=AT, post=post
        ),
    ],
)
def test_nothing_is_done_to_people_of_another_area(act):
    resident = make.resident(of=make.household(OTHER_COMMUNITY))
    before = AuditEntry.objects.count()

    with pytest.raises(Refused):
        act(resident, make.post())

    assert AuditEntry.objects.count() == before
    assert (Need.objects.count(), ContactPoint.objects.count()) == (0, 0)


# Lists ------------------------------------------------------------------------------------------


def test_a_grid_worker_lists_the_households_of_the_grid_only():
    mine, _neighbour = make.household(GRID), make.household("540102001001002")

    assert list(queries.households(make.post(Role.GRID), at=AT)) == [mine]
    assert queries.households(make.post(Role.COMMUNITY), at=AT).count() == 2


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.HEALTH, Role.AUDITOR])
def test_a_department_lists_no_household(role):
    make.household()

    assert list(queries.households(make.post(role), at=AT)) == []


def test_households_are_found_by_a_tag_of_their_own_or_of_a_resident():
    with_own, with_resident, _without = make.household(), make.household(), make.household()
    resident = make.resident(of=with_resident)
    actions.add_need(tag_code="RENTED", consent=None, household_id=with_own.pk, at=AT, post=None)
    actions.add_need(tag_code="LIVES_ALONE", consent=make.consent(), resident_id=resident.pk, at=AT, post=None)
    post = make.post()

    assert list(queries.with_tag(queries.households(post, at=AT), "RENTED", at=AT)) == [with_own]
    assert list(queries.with_tag(queries.households(post, at=AT), "LIVES_ALONE", at=AT)) == [with_resident]
    tags = queries.tags_on([with_own.pk, with_resident.pk], at=AT)
    assert {key: [tag.code for tag in found] for key, found in tags.items()} == {
        with_own.pk: ["RENTED"],
        with_resident.pk: ["LIVES_ALONE"],
    }


@pytest.mark.parametrize("count", [1, 3])
def test_tags_of_many_households_cost_two_statements(count, django_assert_num_queries):
    ids = [make.household().pk for _ in range(count)]

    with django_assert_num_queries(2):
        queries.tags_on(ids, at=AT)


def test_a_resident_is_found_by_the_whole_name_only():
    resident = make.resident("仁青卓玛")
    post = make.post()

    assert [found[0] for found in queries.residents_named("仁青卓玛", post=post)] == [resident.pk]
    assert queries.residents_named("卓玛", post=post) == []
    assert queries.residents_named("仁青卓玛", post=make.post(Role.DEPARTMENT)) == []


# What the database itself promises ---------------------------------------------------------------


@pytest.mark.parametrize("sql", ["UPDATE people_look SET purpose = 'VISIT'", "DELETE FROM people_look"])
def test_a_look_can_be_neither_changed_nor_removed(sql):
    resident = make.resident()
    access.open_resident(resident_id=resident.pk, viewer=make.post(), purpose=Purpose.VISIT, at=AT)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert Look.objects.count() == 1


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Household, {"area_code": "x", "address": "a", "created_at": AT}),
        (Household, {"area_code": GRID, "address": "a", "created_at": AT, "lng": 91.1}),
        (Resident, {"area_code": GRID, "name_sealed": b"x", "name_index": b"x", "created_at": AT, "birth_year": 12}),
        (Need, {"area_code": GRID, "tag_id": "RENTED", "since_on": AT.date()}),
        (Consent, {"area_code": GRID, "giver": "SELF", "way": "SIGNED", "given_at": AT}),
        (Look, {"viewer_words": "x", "purpose": "VISIT", "what": "RECORD", "at": AT}),
        (NeedTag, {"code": "X", "bearer": "RESIDENT", "colour": "red", "visit_interval_days": 7, "basis": "CONSENT"}),
        (NeedTag, {"code": "X", "bearer": "DOG", "colour": "#000000", "visit_interval_days": 7, "basis": "CONSENT"}),
        (ContactPoint, {"contact_sealed": b"x", "created_at": AT, "kept_until": AT.date(), "erased_at": AT}),
    ],
)
def test_the_database_refuses_records_that_cannot_be(model, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**columns)
