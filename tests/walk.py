"""A district walked about in at random: who acts, what stands open, and what must hold after every step."""

from datetime import timedelta
from itertools import groupby, pairwise

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from linli.case import actions as cases
from linli.case import chains, deadlines
from linli.case import queries as case_queries
from linli.case.actions.clock import reckoned_for
from linli.case.actions.watching import LEVEL_MAX
from linli.case.deadlines import calendar
from linli.case.models import Case, Event, Extension, Pause, Supervision
from linli.case.rules import Deadline
from linli.case.states import BY_NAME, CaseState
from linli.confirm import actions as confirms
from linli.confirm.models import CallBack, Confirmation
from linli.handling import actions as handling
from linli.handling.models import Application, Task
from linli.outside import actions as outside
from linli.outside.models import Asked
from linli.report import queries as reports
from linli.report.queries.rates import ANSWER_COUNTS, CALL_COUNTS, CASE_COUNTS, rates_of
from linli.shared.calendar import Limit, elapsed
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.actions.reckoning import clock_of, deadline_of, ruling_clock
from linli.whistle.models import Called, Dispute
from linli.whistle.states import TO_RULE
from tests import make

CASES_MAX = 4
COUNTED = (Called, Task, Dispute, Application, Asked, Supervision, CallBack, Pause, Extension, Confirmation)
WRITTEN = "(SELECT count(*) FROM {})"
MOVED = "(SELECT array_agg(ARRAY[id, event_count, owner_id, lead_id] ORDER BY id) FROM case_case)"
AT_WORK = {"DISPATCHED", "WHISTLED", "HANDLING"}
# Minutes and hours for the most part, now and then days: short enough to be in time, long enough to be late.
HOURS = st.one_of(*[st.floats(0.02, 1)] * 16, *[st.floats(1, 10)] * 3, st.floats(10, 300))
PICKS, NUMBERS = st.integers(0, 59), st.integers(0, 299)
RULES = {}  # what each rule does, and the rows it may act on
MADE = set()  # the moves that have one
DONE = {}  # how often each move was made


class World:
    """The people and bodies of a district; made once, before the walks begin."""

    def __init__(self):
        make.neighbourhood()
        self.statements = []
        roles = (Role.COMMUNITY, Role.STREET, Role.DISTRICT)
        self.desks = [make.post(role) for role in roles]
        self.departments = [make.post(Role.DEPARTMENT, unit=make.department(name)) for name in ("水务局", "供电所")]
        held = [*self.desks, *self.departments]
        self.second = {post.unit_id: make.post(Role(post.role), unit=post.unit) for post in held}
        self.of_unit = {post.unit_id: post for post in held}
        self.worker, self.street, self.district = self.desks
        self.body = outside.keep_body(
            name="电力公司", phone="13900000009", area_code=make.DISTRICT, at=make.AT, by_post_id=self.district.pk
        )

    def rates(self):
        """Ask for the three rates by their own statements, which are built once: building them costs the most."""
        if not self.statements:
            with connection.execute_wrapper(self.keep):
                reports.three_rates(prefix=make.DISTRICT, since=make.AT, until=make.later(days=3650))
        values = []
        with connection.cursor() as cursor:
            for statement, parameters in self.statements:
                cursor.execute(statement, parameters)
                values += cursor.fetchone()
        return rates_of(dict(zip((*CASE_COUNTS, *ANSWER_COUNTS, *CALL_COUNTS), values, strict=True)))

    def keep(self, execute, statement, parameters, many, context):
        self.statements.append((statement, parameters))
        return execute(statement, parameters, many, context)

    def post(self, unit_id, *, not_pk=None):
        """Return somebody of a unit; another one where the first has asked already."""
        first = self.of_unit[unit_id]
        return self.second[unit_id] if first.pk == not_pk else first


def makes(*names, on=None):
    """Give moves a rule: the function acts on one of the rows that ``on`` finds, by default a case where it may be."""

    def made(act):
        MADE.update(names)
        RULES[act.__name__] = act, on or (lambda walk: [one for one in walk.cases if one.state in of_move.sources])
        return act

    of_move = BY_NAME[names[0]]
    return made


class Walk(RuleBasedStateMachine):
    """Some cases moved about by everybody at any moment; undone at the end."""

    world = None

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        deadlines.forget()
        self.at, self.told, self.worked_out, self.tried = make.AT, {}, {}, set()
        self.ids = [make.case(contact=make.contact(), category_code="0104").pk, make.case(category_code="0103").pk]
        self.look()

    def teardown(self):
        for name, count in self.made_moves().items():
            DONE[name] = DONE.get(name, 0) + count
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)
        deadlines.forget()

    def made_moves(self):
        names = Event.objects.filter(case_id__in=self.ids).values_list("name", flat=True)
        return {name: list(names).count(name) for name in set(names)}

    def look(self):
        """Read what stands open; the rules choose from it."""
        self.cases = list(Case.objects.select_related("owner").filter(pk__in=self.ids).order_by("pk"))
        by_pk = {case.pk: case for case in self.cases}
        self.calls = self.of(by_pk, Called.objects.filter(ended_at__isnull=True).select_related("whistle"))
        self.tasks = self.of(by_pk, Task.objects.filter(ended_at__isnull=True))
        self.disputes = self.of(by_pk, Dispute.objects.select_related("called__whistle", "called__case"))
        self.applications = self.of(by_pk, Application.objects.all())
        self.asked = self.of(by_pk, Asked.objects.filter(ended_at__isnull=True).select_related("body"))
        self.raised = list(Supervision.objects.filter(case_id__in=self.ids))
        self.paused = list(Pause.objects.filter(case_id__in=self.ids))
        paused = {pause.case_id for pause in self.paused}
        self.stood = {case.pk: cases.stood_of(case) if case.pk in paused else [] for case in self.cases}

    def of(self, by_pk, rows):
        found = list(rows.filter(case_id__in=self.ids).order_by("pk"))
        for row in found:
            row.case = by_pk[row.case_id]
        return found

    @rule(data=st.data(), pick=PICKS, hours=HOURS, n=NUMBERS)
    def move(self, data, pick, hours, n):
        """Make one of the moves that can be made now, first one not yet tried: by chance few would come to pass."""
        found = {name: rows for name, (_act, on) in RULES.items() if (rows := on(self))}
        name = data.draw(st.sampled_from(sorted(set(found) - self.tried or found)), label="move")
        self.tried = self.tried | {name} if set(found) - self.tried else set()
        self.step(RULES[name][0], found[name][pick % len(found[name])], hours, n)

    def step(self, act, row, hours, n):
        """Let time pass, the clock resume what is due, and one person act; a refusal leaves nothing behind."""
        self.at += timedelta(hours=hours)
        if any(case.suspended_until is not None for case in self.cases):
            handling.resume_due(at=self.at)  # the clock's duty comes before whoever comes late
            self.look()
        now = next((one for one in (*self.cases, *self.rows()) if type(one) is type(row) and one.pk == row.pk), None)
        if now is None:
            return
        self.before = self.written()
        try:
            act(self, now, n)
        except Refused:
            assert self.written() == self.before
        self.look()

    def wait(self, moment=None):
        """Let time pass until a moment, if it has not come, and the clock do what is due before somebody acts."""
        self.at = max(self.at, moment or self.at)
        handling.resume_due(at=self.at)
        confirms.ask_finished(at=self.at)
        self.before = self.written()

    def rows(self):
        return [*self.calls, *self.tasks, *self.disputes, *self.applications, *self.asked, *self.raised]

    def written(self):
        """Return what every move leaves: events; and what only some leave."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join([MOVED, *(WRITTEN.format(one._meta.db_table) for one in COUNTED)])}")
            return cursor.fetchone()

    def watch(self):
        """Do what the clock does every few seconds."""
        cases.supervise(at=self.at)
        whistles.supervise_called(at=self.at)
        whistles.supervise_disputes(at=self.at)
        handling.supervise_tasks(at=self.at)
        confirms.ask_finished(at=self.at)
        confirms.remind_due(at=self.at)
        outside.remind_due(at=self.at)

    @invariant()
    def every_promise_holds(self):
        """Ask after every step; one rule, so that a walk that fails reads as its steps."""
        self.every_case_has_one_active_owner()
        self.used_and_paused_time_are_the_whole_time()
        self.history_only_grows_and_its_chain_is_whole()
        self.every_open_case_has_a_live_deadline_or_a_recorded_suspension()
        self.every_call_has_its_time()
        self.every_ruling_that_is_owed_has_its_time()
        self.every_sub_task_has_its_time()
        self.nothing_waits_for_a_case_that_is_over()
        self.a_case_and_its_calls_name_one_lead()
        self.a_case_is_supervised_as_high_as_what_stands()
        self.no_rate_is_more_than_the_whole()

    def every_case_has_one_active_owner(self):
        assert all(case.owner is not None and case.owner.is_active for case in self.cases)

    def used_and_paused_time_are_the_whole_time(self):
        for case in self.cases:
            kind, end = Limit.parse(case.limit_words).kind, max(case.closed_at or self.at, case.opened_at)
            periods = case_queries.periods_for(case, at=self.at)
            assert all(one.end == other.start for one, other in pairwise(periods))
            assert not periods or (periods[0].start, periods[-1].end) == (case.opened_at, end)
            counted = sum((self.counted(one.start, one.end, kind) for one in periods), timedelta())
            assert counted == self.counted(case.opened_at, end, kind)

    def history_only_grows_and_its_chain_is_whole(self):
        events = Event.objects.filter(case_id__in=self.ids).order_by("case_id", "sequence")
        history = {pk: list(rows) for pk, rows in groupby(events, key=lambda event: event.case_id)}
        for case in self.cases:
            rows = [(row.sequence, bytes(row.hash)) for row in history[case.pk]]
            known = self.told.get(case.pk, [])
            assert rows[: len(known)] == known
            self.told[case.pk] = rows
            assert chains.fault_in(case, history[case.pk]) is None

    def every_open_case_has_a_live_deadline_or_a_recorded_suspension(self):
        for case in self.cases:
            standing = [row for row in self.paused if row.case_id == case.pk and row.resumed_at is None]
            if case.suspended_until is not None:
                assert [row.resume_due_at for row in standing] == [case.suspended_until]
                assert case.suspended_until > self.at
                continue
            assert standing == []
            if case.state == CaseState.FINISHED:
                assert case.confirm_due_at > case.finished_at
            elif case.is_open:
                assert case.due_at == self.reckoned(case)
                assert case.next_supervision_at is not None or self.climbed(case, Deadline.FINISH)

    def every_call_has_its_time(self):
        for called in self.calls:
            clock = clock_of(called, stood=self.stood[called.case_id])
            assert called.case.is_open
            if clock is not None:
                assert called.due_at == clock.due_at
                assert called.next_supervision_at is not None or self.climbed(called, deadline_of(called))

    def every_ruling_that_is_owed_has_its_time(self):
        for dispute in self.disputes:
            if dispute.state in TO_RULE:
                assert dispute.case.is_open
                assert dispute.due_at == ruling_clock(dispute, stood=self.stood[dispute.case_id]).due_at
                assert dispute.next_supervision_at is not None or self.climbed(dispute.called, Deadline.RULING)

    def every_sub_task_has_its_time(self):
        for task in self.tasks:
            if task.state == "GIVEN":
                assert task.case.is_open
                assert task.due_at > task.given_at
                assert task.next_supervision_at is not None or self.climbed(task, Deadline.TASK)

    def nothing_waits_for_a_case_that_is_over(self):
        for asked in self.asked:
            assert asked.case.is_open
            assert asked.next_reminder_at is not None or asked.due_at <= self.at
        for waiting in self.applications:
            assert waiting.state != "ASKED" or waiting.case.is_open or waiting.kind == "EXEMPTION"

    def a_case_and_its_calls_name_one_lead(self):
        for case in self.cases:
            leads = [called.unit_id for called in self.calls if called.case_id == case.pk and called.is_lead]
            assert len(leads) <= 1
            if case.state in AT_WORK:
                assert leads == ([] if case.lead_id is None else [case.lead_id])

    def a_case_is_supervised_as_high_as_what_stands(self):
        for case in self.cases:
            standing = [row.level for row in self.raised if row.case_id == case.pk and row.cleared_at is None]
            assert case.supervision_level == max(standing, default=0)

    def no_rate_is_more_than_the_whole(self):
        rates = self.world.rates()
        for rate in (rates.response, rates.resolution, rates.satisfaction, rates.call_back):
            assert 0 <= rate.met <= rate.n

    def reckoned(self, case):
        """Work a deadline out from what happened; once for each event."""
        key = (case.pk, case.event_count)
        if key not in self.worked_out:
            self.worked_out[key] = reckoned_for(case).due_at
        return self.worked_out[key]

    def climbed(self, row, deadline):
        """Tell whether the ladder of a deadline was climbed to its top in some turn."""
        called_id = 0 if isinstance(row, Case) else row.pk
        case_id = row.pk if isinstance(row, Case) else row.case_id
        return any(
            one.case_id == case_id
            and one.called_id == called_id
            and one.deadline == deadline
            and one.level == LEVEL_MAX[deadline]
            for one in self.raised
        )

    @staticmethod
    def counted(start, end, kind):
        return elapsed(calendar=calendar(), start=start, end=end, kind=kind)
