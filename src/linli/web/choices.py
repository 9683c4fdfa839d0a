"""Choices that are known only when a page is asked for (表单选项)."""

from collections.abc import Iterable
from typing import Any

from django import forms


def offer(form: forms.BaseForm, name: str, choices: Iterable[Any]) -> None:
    """Offer these choices in a field of a form.

    Raises:
        TypeError: the field is not one to choose from.
    """
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} is not a field to choose from")
    field.choices = list(choices)
