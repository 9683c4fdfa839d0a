"""What an import would do, or did, and every problem by row (导入报告)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from linli.place.actions.sentences import sentence
from linli.place.rules.findings import Finding
from linli.shared.refusals import Refused


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of one row: an error stops the import, a warning does not (问题)."""

    row: int
    code: str
    message: str
    is_error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The outcome of an import or of its rehearsal (导入报告)."""

    rows: int
    problems: tuple[Problem, ...] = ()
    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    unchanged: int = 0
    dry_run: bool = False

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop the import."""
        return tuple(problem for problem in self.problems if problem.is_error)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems a person should look at."""
        return tuple(problem for problem in self.problems if not problem.is_error)

    @property
    def is_acceptable(self) -> bool:
        """Tell whether nothing stops the import."""
        return not self.errors


class ImportRefused(Refused):
    """Nothing was written; the report says why, row by row (导入被拒)."""

    def __init__(self, report: ImportReport) -> None:
        first = report.errors[0]
        super().__init__(
            gettext_noop("%(count)s 处错误，没有导入。第 %(row)s 行：%(message)s"),
            count=len(report.errors),
            row=first.row,
            message=first.message,
        )
        self.report = report


def told(findings: Iterable[Finding]) -> tuple[Problem, ...]:
    """Put findings into words, in the order of their rows."""
    ordered = sorted(findings, key=lambda found: (found.row, not found.is_error, found.code))
    return tuple(Problem(found.row, found.code, sentence(found), found.is_error) for found in ordered)
