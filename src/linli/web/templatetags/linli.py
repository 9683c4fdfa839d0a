"""Tags and filters every page may use: ``{% load i18n linli %}`` (模板标签)."""

from datetime import datetime, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.web import assets, times

register = template.Library()


# -- built files ---------------------------------------------------------------------------------------------------


@register.simple_tag
def vite(name: str) -> SafeString:
    """Link a built script with its stylesheets."""
    entry = assets.entry(name)
    if not entry.script:
        return SafeString("")
    return format_html(
        '{}{}<script type="module" src="{}"></script>',
        format_html_join("", '<link rel="stylesheet" href="{}">', ((style,) for style in entry.styles)),
        format_html_join("", '<link rel="modulepreload" href="{}">', ((chunk,) for chunk in entry.chunks)),
        entry.script,
    )


@register.simple_tag
def tab_icon() -> SafeString:
    """Link the mark in the browser's tab."""
    address = assets.address("mark.svg")
    return format_html('<link rel="icon" type="image/svg+xml" href="{}">', address or "data:,")


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw an icon from the sprite; it says nothing to a screen reader, the word beside it does."""
    return _icon(name, css, assets.address("icons.svg"))


@lru_cache(maxsize=512)
def _icon(name: str, css: str, sprite: str) -> SafeString:
    return format_html(
        '<svg class="icon {}" width="20" height="20" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        css,
        sprite,
        name,
    )


# -- times ---------------------------------------------------------------------------------------------------------


@register.filter
def moment(value: datetime | None) -> str:
    """今天 17:00, with the exact moment on hover."""
    return _time(value, times.moment_words(value, at=timezone.now())) if value else ""


@register.filter
def ago(value: datetime | None) -> str:
    """3 小时前, with the exact moment on hover."""
    return _time(value, times.ago_words(value, at=timezone.now())) if value else ""


@register.filter
def exact(value: datetime | None) -> str:
    """2026-02-14 17:00:00."""
    return times.exact_words(value) if value else ""


@register.filter
def due_words(value: datetime | None) -> str:
    """今天 17:00 前."""
    return times.due_words(value, at=timezone.now()) if value else ""


@register.filter
def due_rest(value: datetime | None) -> str:
    """还有 3 小时, or 已超 2 小时 10 分."""
    return times.due_rest(value, at=timezone.now()) if value else ""


@register.filter
def due_tone(value: datetime | None) -> str:
    """Name the tone of a deadline: late, soon or ample."""
    return times.due_tone(value, at=timezone.now()) if value else ""


@register.filter
def span(value: timedelta | float | None) -> str:
    """Say a length of time; plain numbers are minutes."""
    if value is None:
        return ""
    return times.span_words(value if isinstance(value, timedelta) else timedelta(minutes=value))


def _time(value: datetime, words: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(timespec="seconds"), times.exact_words(value), words
    )


# -- who works here ------------------------------------------------------------------------------------------------


@register.filter
def unit_words(unit: Any) -> str:
    """Name a unit in the language of the page."""
    return str(import_module("linli.staff.queries").unit_name(unit)) if unit else ""


@register.filter
def post_words(post: Any) -> str:
    """Name what an account acts as; titles that are names of roles are translated."""
    return _(str(post))


# -- places --------------------------------------------------------------------------------------------------------


@register.filter
def area_name(code: str) -> str:
    """吉日街道·洛堆社区·03网格."""
    if not code:
        return ""
    # By name at call time: templates of the login page work while the places' tables do not exist yet.
    places = import_module("linli.place.queries")
    return str(places.full_name(code, get_language() or "zh-hans"))


@register.filter
def area_short(code: str) -> str:
    """Name only the deepest part of a place, in the page's language."""
    if not code:
        return ""
    names: dict[str, str] = import_module("linli.place.queries").names([code], get_language() or "zh-hans")
    return names.get(code, code)


# -- forms ---------------------------------------------------------------------------------------------------------


@register.simple_tag
def described(field: Any) -> SafeString:
    """Draw a form field so that its help and its error are read out with it."""
    widget = field.field.widget
    described_by = " ".join(
        part
        for part in (f"{field.auto_id}-help" * bool(field.help_text), f"{field.auto_id}-error" * bool(field.errors))
        if part
    )
    attributes: dict[str, Any] = {}
    kind = getattr(widget, "input_type", "")
    if kind not in {"checkbox", "radio", "file", "hidden"}:
        base = "form-select" if kind == "select" else "form-control"
        attributes["class"] = f"{widget.attrs.get('class', '')} {base}".strip()
    if described_by:
        attributes["aria-describedby"] = described_by
    if field.errors:
        attributes["aria-invalid"] = "true"
    return mark_safe(str(field.as_widget(attrs=attributes)))  # noqa: S308 -- Django's own widget, already escaped


@register.filter
def is_one_box(field: Any) -> bool:
    """Return whether the field is a single tick box, whose label stands beside it."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not hasattr(field.field.widget, "choices")


@register.filter
def is_group(field: Any) -> bool:
    """Return whether the field is several boxes, which need a fieldset and a legend."""
    return bool(getattr(field.field.widget, "use_fieldset", False)) and hasattr(field.field.widget, "choices")


@register.filter
def first_id(field: Any) -> str:
    """Return the id to jump to from a summary of faults: the control, or the first of several boxes."""
    return field.id_for_label or f"{field.auto_id}_0"


# -- the desk's pages ----------------------------------------------------------------------------------------------


@register.inclusion_tag("parts/nav_item.html", takes_context=True)
def nav_item(
    context: Context, url: str, icon_name: str, label: str, count: int | None = None, tone: str = ""
) -> dict[str, Any]:
    """Draw one page of the desk's navigation; ``{% nav_item "/community/" "inbox" _("收件箱") count %}``."""
    request = context.get("request")
    path = request.path if request else ""
    # A desk's front page is current only on itself, the others on everything below them too.
    is_front = url.rstrip("/").count("/") <= 1
    return {
        "url": url,
        "icon_name": icon_name,
        "label": label,
        "count": count,
        "tone": tone,
        "is_current": path == url or (not is_front and path.startswith(url)),
    }


@register.simple_block_tag
def nav_group(content: str, label: str, *, is_folded: bool = False) -> SafeString:
    """Draw the pages of a desk that belong together under one heading; the current page's group is never folded."""
    is_open = not is_folded or 'aria-current="page"' in content
    return format_html(
        '<details class="nav-group"{}><summary class="nav-head">{}{}</summary>'
        '<div class="nav-group-pages">{}</div></details>',
        SafeString(" open") if is_open else "",
        label,
        icon("chevron-down", "icon-turn"),
        content,
    )


@register.simple_tag
def page_words() -> SafeString:
    """Hand the scripts their sentences, translated here so that scripts speak no language of their own."""
    return _page_words(get_language() or "")


@lru_cache(maxsize=8)
def _page_words(_language: str) -> SafeString:
    words = {
        "days": _("%s 天"),
        "hours": _("%s 小时"),
        "minutes": _("%s 分"),
        "moment": _("不到 1 分钟"),
        "left": _("还有 %s"),
        "late": _("已超 %s"),
        "close": _("关闭"),
        "yes": _("确定"),
        "no": _("先不"),
        "loading": _("正在打开……"),
        "fault": _("系统没有完成这一步。您写的内容还在，请稍后再试。"),
        "no_network": _("网络不通。您写的内容还在，通了再试。"),
        "waited": _("已等 %s 秒"),
        "waited_long": _("已等 %s 分 %s 秒"),
        "calling": _("有人呼叫"),
        "sound_on": _("声音已打开"),
        "sound_off": _("声音没有打开：点“打开声音”，有人呼叫时才会响"),
        "live_lost_alarm": _("实时连接已断开：正在每 5 秒查一次有没有人呼叫，请同时留意电话。"),
        "live_lost": _("实时连接已断开，每 20 秒自动刷新一次。"),
        "logged_out": _("登录已过期。请重新登录，写了一半的内容会还在。"),
        "draft_restored": _("已找回您上次没有提交的内容。"),
        "draft_clear": _("不要了"),
        "keys": _("快捷键"),
        "keys_walk": _("下一条、上一条"),
        "keys_open": _("打开这一条"),
        "keys_pick": _("选上或不选这一条"),
        "keys_search": _("查找"),
        "keys_close": _("关闭右侧"),
        "chosen": _("已选 %s 件，一起办："),
        "locating": _("正在找您的位置……"),
        "located": _("已找到您的位置，可以在地图上再挪一挪。"),
        "scan": _("扫码"),
        "scan_stop": _("不扫了"),
        "scan_failed": _("打不开相机。请直接输入编号。"),
        "locate_failed": _("没有找到您的位置。请在地图上点一下，或者用文字写明地点。"),
        "map": _("地图"),
        "map_pick": _("请点一下出事的地方"),
        "map_picked": _("已选好，可以再点别处"),
        "map_pin": _("地点"),
        "map_late": _("▲ 红色虚线：有超时"),
        "map_failed": _("地图画不出来。地点可以用文字写明，其他内容不受影响。"),
        "map_two_fingers": _("用两个手指移动地图"),
        "map_ctrl": _("按住 Ctrl 键滚动可以缩放地图"),
        "zoom_in": _("放大"),
        "zoom_out": _("缩小"),
    }
    return json_script(words, "linli-words")
