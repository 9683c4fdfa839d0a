"""Pages of the views of lists: keep one, rename it, share it, remove it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff import actions as staff_actions
from linli.staff import queries as staff
from linli.staff.actions.views import NAME_MAX
from linli.web.lists.views import kept_of
from linli.web.refusals import sentence
from linli.web.session import desk, post_of

anybody = desk(*(role for role in Role if role not in {Role.RESIDENT, Role.HOTLINE, Role.SYSTEM}))


class ViewForm(forms.Form):
    """What a view is called, and who may use it."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=NAME_MAX)
    is_shared = forms.BooleanField(label=gettext_lazy("本单位的同事也能用"), required=False)
    is_default = forms.BooleanField(label=gettext_lazy("打开这个列表时就用它"), required=False)


@never_cache
@require_safe
@anybody
def kept(request: HttpRequest) -> HttpResponse:
    """Show the views that this post has kept for one list."""
    path = request.GET.get("list", "")
    if not _is_list(path):
        return _shown(request, "/", why=_("没有这个列表。"), status=404)
    return _shown(request, path)


@never_cache
@require_POST
@anybody
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the filters, the order and the columns of a list under a name."""
    path, form = request.POST.get("path", ""), ViewForm(request.POST)
    if not _is_list(path):
        return _shown(request, "/", why=_("没有这个列表。"), status=404)
    query = kept_of(QueryDict(request.POST.get("query", "")))
    if not form.is_valid():
        return _shown(request, path, why=_first(form), status=422)
    try:
        staff_actions.keep_view(post=post_of(request), path=path, query=query, **form.cleaned_data)
    except Refused as refusal:
        return _shown(request, path, why=sentence(refusal), status=409)
    messages.success(request, _("已存为视图。"))
    return HttpResponseRedirect(f"{path}?{query or 'view=all'}")


@never_cache
@require_POST
@anybody
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a view, share it, open the list with it, or keep it no longer."""
    post, form = post_of(request), ViewForm(request.POST)
    path = "/"
    try:
        view = staff.saved_view(pk, post=post)
        path = view.path
        if "remove" in request.POST:
            staff_actions.remove_view(view=view, post=post)
        elif form.is_valid():
            staff_actions.change_view(view=view, post=post, **form.cleaned_data)
        else:
            return _shown(request, path, why=_first(form), status=422)
    except Refused as refusal:
        return _shown(request, path, why=sentence(refusal), status=409)
    messages.success(request, _("已移除。") if "remove" in request.POST else _("已保存。"))
    return HttpResponseRedirect(f"{reverse('saved:kept')}?{urlencode({'list': path})}")


def _shown(request: HttpRequest, path: str, *, why: str = "", status: int = 200) -> HttpResponse:
    post = post_of(request)
    views = staff.saved_views(post, path)
    own = [
        (view, ViewForm(initial=vars(view), auto_id=f"id_{view.pk}_%s")) for view in views if view.post_id == post.pk
    ]
    context = {"own": own, "shared": [view for view in views if view.post_id != post.pk], "path": path, "why": why}
    return render(request, "saved/kept.html", context, status=status)


def _first(form: forms.Form) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)


def _is_list(path: str) -> bool:
    """Tell whether this is an address of ours, so that a view never leads elsewhere."""
    if not path.startswith("/") or path.startswith("//") or len(path) > 200:
        return False
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
