"""Changing the category table: what it says, what it refuses, what it leaves in the audit."""

import pytest

from linli.shared.models import AuditEntry
from linli.shared.refusals import Refused
from linli.shared.urgency import Urgency
from linli.text import actions as categories
from linli.text import queries as text
from linli.text.models import Category
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh():
    text.forget()
    yield
    text.forget()


def edit(**columns):
    row = Category.objects.get(code="0104")
    given = {
        "name_zh": row.name_zh, "name_bo": row.name_bo, "name_en": row.name_en, "limit_words": row.limit_words,
        "keywords": row.keywords, "is_public": row.is_public, "urgency": Urgency(row.urgency),
    }  # fmt: skip
    return categories.edit_category(code="0104", at=make.AT, by_post_id=7, **(given | columns))


def test_a_changed_limit_is_kept_in_one_form_and_audited():
    edit(limit_words="2个工作日", reason="冬季天黑得早")

    assert text.category("0104").limit_words == "2 working days"
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.by_post_id, entry.reason) == ("edit_category", 7, "冬季天黑得早")
    assert entry.detail == {"before": {"limit_words": "3 working days"}, "after": {"limit_words": "2 working days"}}


def test_new_keywords_are_understood_at_once():
    edit(keywords=["楼梯间的灯", " 楼梯间的灯 ", ""])

    assert [found.code for found in text.suggest_category("楼梯间的灯不亮了")] == ["0104"]


@pytest.mark.parametrize(
    "columns",
    [{"name_zh": " "}, {"limit_words": "快一点"}, {"limit_words": "0 working days"}, {"keywords": ["字" * 21]},
     {"keywords": [f"词{n}" for n in range(201)]}, {"name_en": "x" * 61}, {}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_written(columns):
    before = Category.objects.filter(code="0104").values().get()

    with pytest.raises(Refused):
        edit(**columns)

    assert Category.objects.filter(code="0104").values().get() == before
    assert AuditEntry.objects.count() == 0


def test_a_new_category_needs_its_group_and_a_code_never_used():
    categories.add_category(code="0177", name_zh="公厕灯", urgency=Urgency.GENERAL, at=make.AT, limit_words="3个自然日")

    assert text.category("0177").parent_code == "01"
    for code in ("0177", "8801", "1", "abc"):
        with pytest.raises(Refused):
            categories.add_category(code=code, name_zh="公厕灯", urgency=Urgency.GENERAL, at=make.AT)


def test_a_retired_category_is_offered_no_longer_and_its_code_is_not_used_again():
    categories.retire_category(code="0104", reason="并入路灯", at=make.AT)

    assert text.category("0104") is None
    with pytest.raises(Refused):
        categories.add_category(code="0104", name_zh="楼道灯", urgency=Urgency.GENERAL, at=make.AT)


@pytest.mark.parametrize(("code", "reason"), [("99", "不要了"), ("01", "不要了"), ("0104", " "), ("7777", "不要了")])
def test_some_categories_cannot_be_retired(code, reason):
    with pytest.raises(Refused):
        categories.retire_category(code=code, reason=reason, at=make.AT)

    assert AuditEntry.objects.count() == 0
