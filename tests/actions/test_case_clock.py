"""The clock of a case: whatever is done to it, used and paused time are never lost (domain.md §1.4)."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.case import actions as cases
from linli.case import chains
from linli.case import queries as case_queries
from linli.case.deadlines import calendar
from linli.case.models import Case, Extension, Pause
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.handling.models import Application
from linli.handling.rules import ApplicationKind
from linli.shared.calendar import Limit, elapsed
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.urgency import Urgency
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db
ASKED = ["ask"] * 5  # what moves the clock, more often than what does not
VERBS = [
    *ASKED,
    "decide",
    "blow",
    "resume",
    "correct",
    "finish",
    "send_back",
    "hand_on",
    "take",
    "watch",
    "object",
    "end",
]
HOURS = st.one_of(st.floats(0.02, 4), st.floats(0.02, 4), st.floats(4, 400))


@dataclass
class Life:
    """One case, moved about by everybody at any moment."""

    def __post_init__(self):
        self.worker, self.street = make.post(Role.COMMUNITY), make.post(Role.STREET)
        self.district = make.post(Role.DISTRICT)
        self.answerer = make.post(Role.DEPARTMENT, unit=make.department())
        self.of_unit = {post.unit_id: post for post in (self.worker, self.street, self.district, self.answerer)}
        self.at = make.AT
        self.case_id = make.case(contact=make.contact()).pk
        cases.take(case=self.case, post=self.worker, at=self.at)

    @property
    def case(self):
        return Case.objects.get(pk=self.case_id)

    def step(self, verb, hours, kind, days, yes):
        self.at += timedelta(hours=hours)
        handling.resume_due(at=self.at)  # the clock's duty comes before whoever comes late
        before = self.case.event_count
        try:
            with transaction.atomic():
                getattr(self, verb)(self.case, kind=kind, days=days, yes=yes)
        except Refused:
            assert self.case.event_count == before

    def ask(self, case, *, kind, days, yes):
        post = self.of_unit[(case.lead_id if yes else None) or case.owner_id]
        until = self.at + timedelta(days=days) if kind is ApplicationKind.SUSPENSION else None
        asked = handling.ask(case=case, post=post, kind=kind, reason="等材料", until=until, at=self.at)
        if days % 7:
            self.rule(asked, is_granted=bool(days % 5))

    def rule(self, asked, *, is_granted):
        self.at += timedelta(minutes=40)
        post = self.of_unit[asked.decider_id]
        # Above the district there is nobody: a colleague rules.
        post = make.post(Role(post.role), unit=post.unit) if asked.asked_by_post_id == post.pk else post
        if is_granted:
            handling.grant(application=asked, post=post, at=self.at)
        else:
            handling.deny(application=asked, post=post, reason="可以办", at=self.at)

    def decide(self, case, *, yes, **_others):
        for asked in Application.objects.filter(case=case, state="ASKED")[:1]:
            asked.case = case
            self.rule(asked, is_granted=yes)

    def object(self, case, **_others):
        for denied in Application.objects.filter(case=case, state="DENIED").order_by("-pk")[:1]:
            denied.case = case
            post = self.of_unit[denied.asked_by_unit_id]
            handling.object_to(application=denied, post=post, reason="请再看看", at=self.at)

    def blow(self, case, **_others):
        lead_id = self.answerer.unit_id
        kind = WhistleKind.SERVICE
        whistles.blow(
            case=case, post=self.worker, kind=kind, unit_ids=[lead_id], lead_id=lead_id, message="", at=self.at
        )
        called = Called.objects.select_related("case", "whistle").get(case=case, ended_at__isnull=True)
        whistles.report_in(called=called, post=self.answerer, at=self.at)

    def resume(self, case, **_others):
        handling.resume(case=case, post=self.worker, at=self.at)

    def correct(self, case, *, days, **_others):
        code = ["0101", "0102", "0103", "0104", "99"][days % 5]
        urgency = list(Urgency)[days % 4]
        handling.correct(case=case, post=self.worker, at=self.at, category_code=code, urgency=urgency)

    def finish(self, case, *, yes, **_others):
        handling.finish(case=case, post=self.worker, result="好了", at=self.at)
        if yes:
            self.at += timedelta(hours=30)
            confirms.send_back(case=case, reason="没好", at=self.at)

    def send_back(self, case, **_others):
        confirms.send_back(case=case, reason="没好", at=self.at)

    def hand_on(self, case, **_others):
        to = self.street if case.owner_id == self.worker.unit_id else self.worker
        cases.hand_on(case=case, post=self.district, to_unit_id=to.unit_id, reason="归他们", at=self.at)
        cases.take(case=case, post=to, at=self.at)

    def take(self, case, **_others):
        cases.take(case=case, post=self.worker, at=self.at)

    def watch(self, _case, **_others):
        cases.supervise(at=self.at)

    def end(self, case, *, days, **_others):
        if days % 3 == 0:
            confirms.withdraw(case=case, reason="", at=self.at)

    def check(self):
        case = self.case
        clock, limit_kind = case_queries.clock_of(case, at=self.at), Limit.parse(case.limit_words).kind
        periods, end = case_queries.periods_for(case, at=self.at), max(case.closed_at or self.at, case.opened_at)

        # No gap, no overlap; together they are the wall time by the calendar.
        assert all(one.end == other.start for one, other in pairwise(periods))
        assert not periods or (periods[0].start, periods[-1].end) == (case.opened_at, end)
        assert sum((self.counted(one.start, one.end, limit_kind) for one in periods), timedelta()) == self.counted(
            case.opened_at, end, limit_kind
        )
        assert Extension.objects.filter(case=case).count() <= 2
        assert Pause.objects.filter(case=case, why="SUSPENDED").count() <= 1
        standing = Pause.objects.filter(case=case, resumed_at__isnull=True)
        assert standing.exists() == (case.suspended_until is not None)
        if not case.is_open:
            return
        if case.suspended_until is not None:
            assert standing.get().resume_due_at == case.suspended_until > self.at
        elif case.state == "FINISHED":
            assert case.confirm_due_at > case.finished_at
        else:
            climbed = case.supervisions.filter(deadline="FINISH", round=case.due_round, level=4)
            assert case.next_supervision_at is not None or climbed.exists()
            if self.at > case.due_at:
                assert -clock.left == self.counted(case.due_at, self.at, limit_kind)

    @staticmethod
    def counted(start, end, kind):
        return elapsed(calendar=calendar(), start=start, end=end, kind=kind)


STEPS = st.lists(
    st.tuples(st.sampled_from(VERBS), HOURS, st.sampled_from(ApplicationKind), st.integers(1, 300), st.booleans()),
    min_size=5,
    max_size=10,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_no_sequence_of_moves_loses_time_or_leaves_a_case_without_a_deadline(steps):
    with transaction.atomic():
        life = Life()
        life.check()

        for verb, hours, kind, days, yes in steps:
            life.step(verb, hours, kind, days, yes)
            life.check()

        assert chains.is_whole(life.case)
        transaction.set_rollback(True)
