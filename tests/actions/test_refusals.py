"""Six ways not to accept: each with its reply in the reader's language and what it means for the three rates."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import override

from linli.case import actions as cases
from linli.case import queries as case_queries
from linli.case import replies
from linli.case.models import Case, Event, RefusalReply
from linli.case.refusals import LEAVING_RATES, REFUSAL_SENTENCES, RefusalRoute
from linli.case.replies import edit_reply
from linli.report import queries as reports
from linli.shared.models import AuditEntry
from linli.shared.refusals import Conflict, Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING
from linli.web.resident.told import story_of
from tests import make
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db
WAY = RefusalRoute.BEYOND_DUTY


def worded(**texts):
    said = {"zh-hans": "不归我们管，请找供暖公司。", "bo": "དྲོད་འདོན་ཀུང་སི།", "en": "Ask the heating company."} | texts
    return edit_reply(route=WAY, texts=said, version=replies.replies()[WAY].version, at=make.AT, reason="写清楚找谁")


def refused(reason="", route=WAY.value):
    case = make.case()
    worker = make.post(Role.COMMUNITY)
    return case, cases.refuse(case=case, post=worker, route=route, reason=reason, at=make.later(minutes=9))


def read_in(language, case):
    number, token = case.number, cases.follow_token(case.first_appeal_id)
    with override(language):
        return story_of(case_queries.followed(number, token))[-1].text


def test_the_table_names_six_ways_and_says_of_each_why():
    assert len(REFUSAL_SENTENCES) == len(RefusalRoute) == 6
    assert all(way.label and way.reply and way.why for way in REFUSAL_SENTENCES.values())
    assert LEAVING_RATES == ("EMERGENCY", "OTHER_PROCEDURE", "REPEAT", "SECRET")


@pytest.mark.parametrize("route", list(RefusalRoute))
def test_each_way_stands_on_the_case_and_comes_with_its_reply(route):
    case, event = refused(route=route.value)

    case.refresh_from_db()
    assert (case.state, case.refusal_route) == ("REFUSED", route.value)
    assert event.detail["words"] == REFUSAL_SENTENCES[route].reply
    assert event.detail["is_own"] is False


def test_a_way_nobody_knows_is_refused_and_nothing_is_written():
    case = make.case()

    with pytest.raises(Refused):
        cases.refuse(case=case, post=make.post(Role.COMMUNITY), route="LAZY", reason="x", at=make.later(minutes=9))

    assert Event.objects.filter(case=case).count() == 1


@pytest.mark.parametrize(
    ("language", "told"),
    [("zh-hans", "不归我们管，请找供暖公司。"), ("bo", "དྲོད་འདོན་ཀུང་སི།"), ("en", "Ask the heating company.")],
)
def test_the_resident_reads_the_reply_in_their_language(language, told):
    worded()
    case, _event = refused()

    assert read_in(language, case) == told


def test_words_of_ones_own_stand_below_the_reply_in_the_other_languages():
    worded()
    case, _event = refused("请打 96069。")

    assert read_in("zh-hans", case) == "请打 96069。"
    assert read_in("en", case) == "Ask the heating company.\n请打 96069。"


def test_a_reply_worded_anew_changes_nothing_already_told():
    case, _event = refused()
    before = read_in("en", case)
    worded()

    assert read_in("en", case) == before


def test_the_shipped_replies_are_in_force_until_somebody_words_them_anew(django_assert_num_queries):
    assert {reply.version for reply in replies.replies().values()} == {0}
    worded()
    worded(en="Ask them.")

    with django_assert_num_queries(1):
        assert replies.replies()[WAY].version == 2
    assert replies.replies()[WAY].text("en") == "Ask them."
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["edit_reply", "edit_reply"]


@pytest.mark.parametrize("texts", [{"zh-hans": " "}, {"zh-hans": "长" * 501}, {"en": "x" * 501}])
def test_a_reply_that_cannot_be_kept_is_refused(texts):
    with pytest.raises(Refused):
        worded(**texts)

    assert (RefusalReply.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_a_reply_somebody_worded_first_is_not_overwritten():
    worded()

    with pytest.raises(Conflict):
        edit_reply(route=WAY, texts={"zh-hans": "别的"}, version=0, at=make.AT)

    assert RefusalReply.objects.count() == 1


def test_no_wording_is_ever_changed():
    worded()

    with as_application(EVERYTHING), pytest.raises(DatabaseError), transaction.atomic():
        RefusalReply.objects.update(text_zh="x")


def test_only_a_refused_case_names_a_way():
    case = make.case()

    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(refusal_route="SECRET")


# -- in the rates -----------------------------------------------------------------------------------------------------


def rated():
    return reports.three_rates(prefix=make.DISTRICT, since=make.AT, until=make.later(days=30))


@pytest.mark.parametrize("route", LEAVING_RATES)
def test_a_way_that_leaves_the_rates_is_listed_with_its_reason(route):
    refused(route=route)

    rates = rated()

    assert (rates.response.n, rates.exclusions) == (
        0,
        {"merged": 0, "withdrawn": 0, "exempted": 0, "refused": 1, "brought_in": 0},
    )


@pytest.mark.parametrize(("minutes", "met"), [(9, 1), (60 * 24 * 9, 0)])
@pytest.mark.parametrize("contact", [None, make.contact()])
def test_a_reply_that_is_owed_counts_as_the_response_when_it_is_in_time(minutes, met, contact):
    case, worker = make.case(contact=contact), make.post(Role.COMMUNITY)
    cases.refuse(case=case, post=worker, route=WAY.value, reason="", at=make.later(minutes=minutes))

    rates = rated()

    assert (rates.response.met, rates.response.n) == (met, 1)
    assert (rates.resolution.n, rates.satisfaction.n, rates.excluded_count) == (0, 0, 0)
