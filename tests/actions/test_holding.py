"""A row that is held is the row as it is now, to the last column."""

import pytest
from django.db import transaction

from linli.case.models import Case
from linli.shared.database.prepared import hold
from tests import make

pytestmark = pytest.mark.django_db


def columns(case):
    return {field.attname: getattr(case, field.attname) for field in Case._meta.concrete_fields}


def test_a_held_case_is_what_somebody_else_made_of_it():
    case = make.case()
    assert case.owner.pk == case.owner_id
    other = make.department("路灯所")
    Case.objects.filter(pk=case.pk).update(title="别的", owner=other, supervision_level=2, due_at=make.later(days=9))

    with transaction.atomic():
        hold(case)

    assert columns(case) == columns(Case.objects.get(pk=case.pk))
    assert case.owner.name == "路灯所"


def test_a_case_that_is_not_there_is_not_held():
    with pytest.raises(Case.DoesNotExist), transaction.atomic():
        hold(Case(pk=0))
