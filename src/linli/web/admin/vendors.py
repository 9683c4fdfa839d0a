"""Vendors' clouds that hand over presses: give a secret, stop one (厂商平台)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from linli.call import actions as calls
from linli.call import queries as called
from linli.call.rules.vendors import NAME_MAX
from linli.shared.roles import Role
from linli.web.addresses import public_address
from linli.web.admin.doors import by, page_for, reason_of


class VendorForm(forms.Form):
    """A vendor's cloud."""

    name = forms.CharField(
        label=gettext_lazy("哪家厂商的平台"), max_length=NAME_MAX, help_text=gettext_lazy("例如：某某手环云。")
    )


@require_http_methods(["GET", "POST"])
@page_for(Role.ADMIN)
def vendors(request: HttpRequest) -> HttpResponseBase:
    """List the vendors' clouds, and let one in; its secret is shown once (厂商平台)."""
    form = VendorForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "address": public_address(request, "/api/call/v1/presses")}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            made = calls.add_vendor(**form.cleaned_data, **by(request))
            context |= {"made": made, "form": VendorForm()}
            status = 201
    return render(request, "admin/vendors.html", {**context, "rows": called.vendors()}, status=status)


@require_POST
@page_for(Role.ADMIN)
def revoke_vendor(request: HttpRequest, vendor_id: int) -> HttpResponseBase:
    """Take nothing more from a vendor's cloud (停用厂商平台)."""
    calls.revoke_vendor(vendor_id=vendor_id, reason=reason_of(request), **by(request))
    messages.success(request, _("已停用，马上生效。"))
    return redirect(reverse("admin_vendors"))
