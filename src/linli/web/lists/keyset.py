"""Paging by key: the next page begins after the last row seen, however many lie before it (按键翻页)."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import BooleanField, Expression, F, Func, Model, Q, QuerySet, Value

from linli.shared.database.prepared import planned_once

SALT = "linli.list"
SORTED_BY = "_sorted_by"


@dataclass(frozen=True, slots=True)
class Order:
    """What a page is sorted by; rows that are equal follow their primary key."""

    field: str
    is_descending: bool = False

    def __str__(self) -> str:
        return f"-{self.field}" if self.is_descending else self.field


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a page begins: after a row, or before it when going back."""

    value: Any
    pk: Any
    is_backward: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of one page, with tokens for the pages beside it."""

    rows: list[Any]
    following: str
    preceding: str


class _Row(Func):
    template = "(%(expressions)s)"
    output_field = BooleanField()


class _Greater(Func):
    template = "%(expressions)s"
    arg_joiner = " > "
    output_field = BooleanField()


class _Less(_Greater):
    arg_joiner = " < "


def slice_of(
    queryset: QuerySet[Any], *, order: Order, token: str, is_backward: bool, size: int, is_planned: bool = False
) -> Slice:
    """Return one page of a queryset in one statement; ``is_planned`` keeps its plan with the connection.

    Raises:
        ValueError: the token is not one of ours, or belongs to another order.
    """
    keyed = queryset.annotate(**{SORTED_BY: F(order.field)})
    cut = _read(token, order=order, queryset=keyed, is_backward=is_backward) if token else None
    if cut:
        keyed = keyed.filter(_beyond(cut, order=order, queryset=keyed))
    is_reversed = order.is_descending != is_backward
    sign = "-" if is_reversed else ""
    # PostgreSQL's own order puts nothing last going up and first going down, so one index serves both ways.
    with planned_once() if is_planned else nullcontext():
        rows = list(keyed.order_by(f"{sign}{order.field}", f"{sign}pk")[: size + 1])
    has_more, rows = len(rows) > size, rows[:size]
    if is_backward:
        rows.reverse()
    has_following = bool(cut) if is_backward else has_more
    has_preceding = has_more if is_backward else bool(cut)
    return Slice(
        rows,
        following=_token(rows[-1], order) if rows and has_following else "",
        preceding=_token(rows[0], order) if rows and has_preceding else "",
    )


def _beyond(cut: Cut, *, order: Order, queryset: QuerySet[Any]) -> Q | Expression:
    is_upward = order.is_descending == cut.is_backward
    field = queryset.query.annotations[SORTED_BY].output_field
    beyond_pk = Q(pk__gt=cut.pk) if is_upward else Q(pk__lt=cut.pk)
    is_nothing = Q(**{f"{order.field}__isnull": True})
    if cut.value is None:
        return is_nothing & beyond_pk if is_upward else ~is_nothing | (is_nothing & beyond_pk)
    row = _Row(F(order.field), F("pk"))
    mark = _Row(Value(cut.value, output_field=field), Value(cut.pk, output_field=_field(queryset.model, "pk")))
    # A row comparison is one range of the index; the same in ANDs and ORs would read all ties again.
    beyond = _Greater(row, mark) if is_upward else _Less(row, mark)
    return Q(beyond) | is_nothing if is_upward and is_nullable(queryset.model, order.field) else beyond


def is_nullable(model: type[Model], path: str) -> bool:
    """Return whether a sort field can be empty; what cannot be told from the model is taken to be."""
    for name in path.split("__"):
        try:
            field = _field(model, name)
        except FieldDoesNotExist:
            return True
        if getattr(field, "null", True):
            return True
        model = field.related_model or model
    return False


def _field(model: type[Model], name: str) -> Any:
    options = model._meta  # noqa: SLF001 -- Django's documented way to a model's fields
    return options.pk if name == "pk" else options.get_field(name)


def _token(row: Any, order: Order) -> str:
    value = getattr(row, SORTED_BY)
    words = value.isoformat() if hasattr(value, "isoformat") else None if value is None else str(value)
    return signing.dumps([str(order), words, str(row.pk)], salt=SALT, compress=False)


def _read(token: str, *, order: Order, queryset: QuerySet[Any], is_backward: bool) -> Cut:
    try:
        made_for, words, pk = signing.loads(token, salt=SALT)
        field = queryset.query.annotations[SORTED_BY].output_field
        value = None if words is None else field.to_python(words)
        key = _field(queryset.model, "pk").to_python(pk)
    except (signing.BadSignature, ValueError, TypeError, ValidationError) as fault:
        raise ValueError("not a token of this list") from fault
    if made_for != str(order) or (isinstance(value, datetime) and value.tzinfo is None):
        raise ValueError("a token of another order")
    return Cut(value, key, is_backward)
