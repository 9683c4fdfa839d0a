"""Every personal field is registered; nothing anywhere asks for ethnicity, religion, politics or party."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.conf import settings

from linli.people.excused import NOT_PERSONAL
from linli.people.register import REGISTER

ROOT = Path(settings.REPOSITORY)
OTHERS_WITH_PERSONS = {"account", "axes", "mfa", "sessions"}
LOOKS_PERSONAL = re.compile(
    r"name|phone|mobile|mail|address|birth|sex|gender|contact|lng|lat$|text|words|reason|message|title|detail|note|"
    r"data|viewer|rating|language|password|photo|resident|household|relation|ip_|agent|giver|external_number|subject|"
    r"account|voice|face|health|disab|income|id_number|id_card"
)
MOMENT_OR_COUNT = re.compile(r"_(at|on|count|version|minutes|post_id|unit_id)$|^(id|pk)$")

# In Chinese, English, pinyin and Tibetan. Tests are not searched, so this file does not find itself.
FORBIDDEN_WORDS = [
    *["民族", "宗教", "信仰", "政治面貌", "党员", "团员", "党派", "种族"],
    *["ethnic", "religio", "politic", "party_member", "partymember", "nationality"],
    *["minzu", "zongjiao", "zhengzhimianmao", "zhengzhi_mianmao", "dangyuan", "xinyang"],
    *["མི་རིགས", "ཆོས་ལུགས", "ཏང་ཡོན"],
]
FORBIDDEN = re.compile("|".join(FORBIDDEN_WORDS), re.IGNORECASE)
# Files that may say these words: they refuse them, or are written by others about the world.
MAY_NAME_THEM = {
    "src/linli/text/rules": "points such words out before they are saved",
    "src/linli/text/data": "what residents write about; categories and words of appeals, never of people",
}


def models():
    return [
        model
        for model in apps.get_models()
        if model.__module__.startswith("linli.") or model._meta.app_label in OTHERS_WITH_PERSONS
    ]


def fields() -> set[str]:
    return {f"{model._meta.label}.{field.name}" for model in models() for field in model._meta.concrete_fields}


def looks_personal(field: str) -> bool:
    name = field.rsplit(".", 1)[1]
    return bool(LOOKS_PERSONAL.search(name)) and not MOMENT_OR_COUNT.search(name)


def registered() -> set[str]:
    return {f"{entry.model}.{entry.field}" for entry in REGISTER}


def test_every_field_that_looks_personal_is_registered_or_excused():
    unexplained = {field for field in fields() if looks_personal(field)} - registered() - NOT_PERSONAL

    assert sorted(unexplained) == []


def test_the_register_names_only_fields_that_exist():
    assert sorted((registered() | NOT_PERSONAL) - fields()) == []


def test_no_field_is_both_personal_and_not():
    assert registered() & NOT_PERSONAL == set()
    assert len(registered()) == len(REGISTER)


@pytest.mark.parametrize("entry", REGISTER, ids=lambda entry: f"{entry.model}.{entry.field}")
def test_every_entry_says_purpose_basis_retention_and_who_sees_it(entry):
    assert all([entry.purpose, entry.basis, entry.kept, entry.seen_by])


def test_every_table_of_people_is_in_the_register():
    tables = {model.__name__ for model in apps.get_app_config("people").get_models()} - {"NeedTag"}

    assert {entry.model.removeprefix("people.") for entry in REGISTER if entry.model.startswith("people.")} == tables


# Never ethnicity, religion, politics or party ----------------------------------------------------


def found_in(words: object) -> list[str]:
    return FORBIDDEN.findall(str(words))


@pytest.mark.parametrize("model", models(), ids=lambda model: model._meta.label)
def test_no_column_label_or_choice_names_them(model):
    said = [model.__name__, model._meta.verbose_name]
    for field in model._meta.get_fields():
        said += [
            field.name,
            getattr(field, "verbose_name", ""),
            getattr(field, "choices", ""),
            getattr(field, "help_text", ""),
        ]

    assert [word for part in said for word in found_in(part)] == []


def forms_of_linli() -> list[type[forms.BaseForm]]:
    seen: list[type[forms.BaseForm]] = []
    waiting = list(forms.BaseForm.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.startswith("linli."):
            seen.append(form)
    return seen


def test_no_form_asks_for_them():
    import linli.config.urls  # noqa: F401 -- loads every page with its forms

    asked = [
        (form.__name__, name)
        for form in forms_of_linli()
        for name, field in getattr(form, "base_fields", {}).items()
        for part in (name, field.label, field.help_text, getattr(field, "choices", ""))
        if found_in(part)
    ]

    assert asked == []


@pytest.mark.django_db
def test_no_need_tag_names_them():
    from linli.people.queries import need_tags

    assert [
        tag.code for tag in need_tags() if found_in([tag.code, tag.name_zh, tag.name_bo, tag.name_en, tag.purpose])
    ] == []


def sources() -> Iterator[Path]:
    kinds = {".py", ".html", ".ts", ".txt", ".json", ".toml", ".sql", ".po", ".yaml"}
    for folder in ("src/linli", "demo", "frontend/src"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in kinds and not any(
                str(path.relative_to(ROOT)).startswith(allowed) for allowed in MAY_NAME_THEM
            ):
                yield path


def test_no_source_template_script_migration_or_catalogue_names_them():
    naming = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in sources()
        for word in found_in(path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert naming == []


def test_no_table_file_has_a_column_for_them():
    heads = []
    for path in [*(ROOT / "src/linli").rglob("*.csv"), *(ROOT / "demo").rglob("*.csv")]:
        with path.open(encoding="utf-8-sig", newline="") as file:
            heads += [f"{path.relative_to(ROOT)}: {head}" for head in next(csv.reader(file), []) if found_in(head)]

    assert heads == []


@pytest.mark.parametrize("word", ["民族", "Religion", "party_member", "政治面貌", "ཆོས་ལུགས"])
def test_the_search_would_find_them(word):
    assert found_in(f"列：{word}")


def test_the_exceptions_still_exist():
    gone = [allowed for allowed in MAY_NAME_THEM if not list(ROOT.glob(f"{allowed}*"))]

    assert gone == []
