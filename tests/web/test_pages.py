"""The pages every desk and every resident shares: layouts, switches, refusals, times in words."""

import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from linli.shared.roles import Role
from linli.web import assets, context, times

pytestmark = pytest.mark.django_db  # whose bell rings is a rule of the role

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # ten in the morning in Lhasa
UNIT = SimpleNamespace(name="洛堆社区", name_bo="", name_en="Luodui Community")


def request(path: str = "/", *, role: Role | None = None, **headers: str) -> Any:
    found = RequestFactory().get(path, headers=headers)
    found.user = SimpleNamespace(is_authenticated=role is not None, name="卓玛", is_large_type=False)
    found.post = SimpleNamespace(role=role, title="社工", unit=UNIT) if role else None
    return found


@pytest.mark.parametrize(
    ("role", "headers", "frame"),
    [
        (None, {}, "resident.html"),
        (Role.COMMUNITY, {}, "desk.html"),
        (Role.COMMUNITY, {"X-Linli-Frame": "panel"}, "panel.html"),
        (Role.COMMUNITY, {"HX-Target": "panel-content"}, "panel.html"),
    ],
)
def test_the_same_page_is_framed_for_where_it_is_shown(role: Role | None, headers: dict[str, str], frame: str) -> None:
    assert context.frame_of(request(role=role, **headers)) == frame


@pytest.mark.parametrize("role", [*context.DESKS])
def test_every_role_has_a_desk_with_its_name_over_the_door(role: Role) -> None:
    page = render_to_string("desk.html", request=request(role=role))

    assert str(context.DESKS[role][1]) in page


@pytest.mark.parametrize("template", ["404.html", "403.html", "403_csrf.html", "500.html", "refused.html"])
@pytest.mark.parametrize("role", [None, Role.DEPARTMENT])
def test_every_plain_no_is_a_whole_page_with_one_headline(template: str, role: Role | None) -> None:
    page = render_to_string(
        template, {"reason": "原因"}, request=None if template == "500.html" else request(role=role)
    )

    assert page.strip().startswith("<!DOCTYPE html>")
    assert page.count("<h1>") == 1


def test_a_refusal_beside_a_list_is_only_the_refusal() -> None:
    page = render_to_string(
        "refused.html", {"reason": "刚被别人签收。"}, request=request(role=Role.COMMUNITY, **{"X-Linli-Frame": "panel"})
    )

    assert "刚被别人签收。" in page
    assert "<html" not in page


def test_a_page_runs_no_script_of_its_own_and_asks_no_other_host() -> None:
    page = render_to_string("desk.html", request=request(role=Role.COMMUNITY))

    assert re.findall(r'<script(?! type="module" src="/static/| id="linli-words" type="application/json")', page) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []


def test_languages_are_named_in_their_own_script() -> None:
    page = render_to_string("resident.html", request=request())

    assert [name for name in ("简体中文", "བོད་ཡིག", "English") if name in page] == ["简体中文", "བོད་ཡིག", "English"]


def test_large_type_needs_no_login_and_comes_back_to_the_page(client: Client) -> None:
    answer = client.post("/type/", {"type": "large", "next": "/progress/?x=1"})

    assert answer.headers["Location"] == "/progress/?x=1"
    assert client.cookies["linli_type"].value == "large"
    large = request()
    large.COOKIES["linli_type"] = "large"
    assert 'data-type="large"' in render_to_string("resident.html", request=large)


def test_switching_type_leads_to_no_other_house(client: Client) -> None:
    answer = client.post("/type/", {"type": "large", "next": "https://elsewhere.example/"})

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("desk.example:8000", "http://desk.example:8001/live"),
        ("desk.example", "http://desk.example:8001/live"),
        ("127.0.0.1:8000", "http://127.0.0.1:8001/live"),
        ("[::1]:8000", "http://[::1]:8001/live"),
        ("[::1]", "http://[::1]:8001/live"),
    ],
)
def test_live_hints_come_from_the_same_host(host: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LIVE_PORT", 8001)
    monkeypatch.setattr(settings, "LIVE_URL", "")

    assert context.live_url(RequestFactory().get("/", headers={"host": host})) == url


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=20), "不到 1 分钟"),
        (timedelta(minutes=5), "5 分"),
        (timedelta(hours=2, minutes=10), "2 小时 10 分"),
        (timedelta(hours=3), "3 小时"),
        (timedelta(days=2, hours=3, minutes=9), "2 天 3 小时"),
        (timedelta(days=12, hours=3), "12 天"),
        (-timedelta(hours=2, minutes=10), "2 小时 10 分"),
    ],
)
def test_a_span_is_said_in_two_words_at_most(span: timedelta, words: str) -> None:
    assert times.span_words(span) == words


@pytest.mark.parametrize(
    ("due", "words", "rest", "tone"),
    [
        (timedelta(hours=7), "今天 17:00 前", "还有 7 小时", "ample"),
        (timedelta(hours=2), "今天 12:00 前", "还有 2 小时", "soon"),
        (timedelta(days=1), "明天 10:00 前", "还有 1 天", "ample"),
        (-timedelta(hours=2, minutes=10), "今天 07:50 前", "已超 2 小时 10 分", "late"),
        (timedelta(days=9), "12月2日 10:00 前", "还有 9 天", "ample"),
        (timedelta(days=100), "2027年3月3日 10:00 前", "还有 100 天", "ample"),
    ],
)
def test_a_deadline_is_told_as_people_say_it(due: timedelta, words: str, rest: str, tone: str) -> None:
    moment = AT + due

    assert times.due_words(moment, at=AT) == words
    assert times.due_rest(moment, at=AT) == rest
    assert times.due_tone(moment, at=AT) == tone


class Form(forms.Form):
    text = forms.CharField(label="发生了什么", help_text="写清楚", widget=forms.Textarea)
    kind = forms.ChoiceField(label="哪一类", choices=[("a", "报修"), ("b", "投诉")], widget=forms.RadioSelect)
    note = forms.CharField(label="备注", required=False)


def test_a_field_reads_out_its_help_and_its_error() -> None:
    field = Form({})["text"]

    page = render_to_string("parts/field.html", {"field": field})

    assert 'aria-describedby="id_text-help id_text-error"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="id_text-error"' in page


def test_choices_are_a_fieldset_and_what_is_not_needed_says_so() -> None:
    kind = render_to_string("parts/field.html", {"field": Form()["kind"]})
    note = render_to_string("parts/field.html", {"field": Form()["note"]})

    assert "<legend>" in kind
    assert "（选填）" in note
    assert "（选填）" not in kind


def test_without_a_built_front_end_pages_are_plain_and_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(assets, "MANIFEST", tmp_path / "manifest.json")
    monkeypatch.setattr(assets, "_version", lambda: 0)

    page = render_to_string("resident.html", request=request())

    assert "<script type=" not in page
    assert "</html>" in page


def test_every_dependency_of_the_front_end_has_its_reason() -> None:
    package = json.loads((settings.REPOSITORY / "frontend" / "package.json").read_text(encoding="utf-8"))

    assert sorted(package["reasons"]) == sorted(package["dependencies"] | package["devDependencies"])
