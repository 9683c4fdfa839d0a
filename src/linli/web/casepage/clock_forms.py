"""What a person fills in to ask for time, to rule, to go on, to choose a limit (时限表单)."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.case import queries as cases
from linli.case.deadlines import calendar, limits, table_named
from linli.case.rules import RUNGS, Deadline
from linli.handling import actions as handling
from linli.handling import queries as handled
from linli.handling.rules import GRANTED_BY, KIND_LABELS, ApplicationKind
from linli.shared.calendar import due
from linli.staff import queries as staff
from linli.web import times
from linli.web.casepage import words
from linli.web.casepage.duty import DutyKnown
from linli.web.casepage.forms import REASON_MAX, MoveForm, text_field
from linli.web.choices import offer


class AskForm(MoveForm):
    """Why the unit asks."""

    reason = text_field(gettext_lazy("理由"), most=REASON_MAX)


class AskExtensionForm(AskForm):
    """Why more time is needed; how much it would be is said beside."""

    def arrange(self) -> None:
        """Say until when an extension would reach."""
        limit = handling.granted_limit(self.case)
        until = due(calendar=calendar(), start=self.case.due_at, limit=limit)
        self.fields["reason"].help_text = _(
            "同意以后延长 %(limit)s，到 %(until)s；要在到期以前申请，居民会收到通知。"
        ) % {
            "limit": words.limit_label(limit),
            "until": times.moment_words(until, at=self.at),
        }


class AskSuspensionForm(AskForm):
    """Why the case cannot go on now, and until when."""

    until = forms.DateField(
        label=gettext_lazy("最晚哪天恢复办理"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    field_order = ["until", "reason"]

    def arrange(self) -> None:
        """Say how long a suspension may be."""
        self.fields["until"].help_text = (
            _("最长 %s 天，只能挂一次；到了那天自动恢复，时限接着算。") % limits().suspension_days_max
        )

    def clean_until(self) -> datetime:
        """Return the beginning of office hours on that day."""
        opens = calendar().office_hours[0][0] if calendar().office_hours else time(9)
        return timezone.make_aware(datetime.combine(self.cleaned_data["until"], opens))


class RulingForm(MoveForm):
    """A word with the ruling, if there is something to say."""

    words = text_field(
        gettext_lazy("审批意见"),
        most=REASON_MAX,
        required=False,
        rows=2,
        help_text=gettext_lazy("留空就用申请的理由。延期和挂账的居民看得到。"),
    )


class GiveBackForm(RulingForm, DutyKnown):
    """To whom the returned case goes."""

    to = forms.TypedChoiceField(label=gettext_lazy("改派给"), coerce=int)
    field_order = ["to", "words", "is_duty_known"]

    def arrange(self) -> None:
        """List every unit in use but the one that returns it, the ruling desk first."""
        units = [unit for unit in staff.units() if unit.pk != self.case.owner_id]
        offer(self, "to", [(unit.pk, staff.unit_name(unit)) for unit in units])
        self.initial = {"to": self.post.unit_id}

    def clean(self) -> dict[str, Any]:
        """Let a community have what is not its duty only knowingly."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("to"):
            self.warn_of_duty(field="to", unit_ids=[said["to"]], category_code=self.case.category_code)
        return said


class ApplicationForm(MoveForm):
    """Which application is meant; asked only where there are several."""

    application = forms.TypedChoiceField(label=gettext_lazy("哪项申请"), coerce=int)

    def arrange(self) -> None:
        """List the applications that this move is about."""
        self.rows = {row.pk: row for row in self.wanted()}
        offer(self, "application", [(pk, application_words(row, at=self.at)) for pk, row in self.rows.items()])
        if len(self.rows) == 1:
            self.fields["application"].widget = forms.HiddenInput()
            self.initial = {"application": next(iter(self.rows))}

    def wanted(self) -> list[Any]:
        """Return the applications to choose from."""
        return list(handled.applications_of(self.case))


class DenyForm(ApplicationForm):
    """Why it is not given."""

    reason = text_field(gettext_lazy("不同意的理由"), most=REASON_MAX)

    def wanted(self) -> list[Any]:
        """Return what this post may rule on."""
        return [row for row in handled.applications_of(self.case) if handled.may_rule(row, post=self.post)]


class ObjectForm(ApplicationForm):
    """Why the refusal should be looked at again."""

    reason = text_field(
        gettext_lazy("异议的理由"), most=REASON_MAX, help_text=gettext_lazy("只能提一次，由上一级裁定，裁定是最终的。")
    )

    def wanted(self) -> list[Any]:
        """Return the refusals this post's unit may still object to."""
        rows = handled.applications_of(self.case)
        return [row for row in rows if handled.may_object(row, rows, post=self.post, at=self.at)]


class TakeBackForm(ApplicationForm):
    """Which application is no longer needed."""

    def wanted(self) -> list[Any]:
        """Return what this post's unit asked for and nobody has ruled on."""
        return [row for row in handled.applications_of(self.case) if handled.may_take_back(row, post=self.post)]


class ResumeForm(MoveForm):
    """Why it goes on before its time."""

    reason = text_field(gettext_lazy("说明"), most=REASON_MAX, required=False, rows=2)


class FitForm(MoveForm):
    """Which condition of the category's limit holds, and why."""

    line = forms.TypedChoiceField(label=gettext_lazy("时限情形"), coerce=int, widget=forms.RadioSelect)
    reason = text_field(gettext_lazy("原因"), most=REASON_MAX, rows=2)

    def arrange(self) -> None:
        """List the lines of the category under the version of the case."""
        table = table_named(self.case.limit_version)
        lines = table.choices(Deadline.FINISH, self.case.category_code)
        offer(self, "line", [(line.number, line_words(line)) for line in lines if line.rule != self.case.limit_rule])


class ClearForm(MoveForm):
    """Which supervision is over, and why."""

    supervision = forms.TypedChoiceField(label=gettext_lazy("销哪一条"), coerce=int)
    reason = text_field(gettext_lazy("销督的理由"), most=300, help_text=gettext_lazy("督办的记录永远保留。"))

    def arrange(self) -> None:
        """List what stands, the sharpest first."""
        self.rows = {row.pk: row for row in cases.standing_supervision(self.case)}
        offer(self, "supervision", [(pk, supervision_words(row)) for pk, row in self.rows.items()])


def application_words(row: Any, *, at: datetime) -> str:
    """Name an application: 延期（水务局，3 小时前）."""
    label = _(KIND_LABELS[ApplicationKind(row.kind)])
    named = _("%s异议") % label if row.is_objection else label
    return _("%(what)s（%(unit)s，%(when)s）") % {
        "what": named,
        "unit": words.unit_label(row.asked_by_unit_id),
        "when": times.ago_words(row.asked_at, at=at),
    }


def supervision_words(row: Any) -> str:
    """Name a standing supervision: 督办：办结（水务局）."""
    return _("%(label)s：%(what)s（%(unit)s）") % {
        "label": _(RUNGS[row.level].label),
        "what": words.deadline_label(row.deadline),
        "unit": words.unit_label(row.unit_id),
    }


def line_words(line: Any) -> str:
    """Say a line of a table: 主干道：2 个工作日（以路面平整为准）."""
    said = _("%(condition)s：%(limit)s") % {
        "condition": line.condition or _("一般情形"),
        "limit": words.limit_label(line.limit),
    }
    return said + (_("（结案标准：%s）") % line.closing_test if line.closing_test else "")


def granting(name: str) -> ApplicationKind | None:
    """Return which kind of application a move grants."""
    return next((kind for kind, move in GRANTED_BY.items() if move == name), None)
