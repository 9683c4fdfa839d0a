"""A refusal becomes a page that says why (不予)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from linli.shared.refusals import Refused
from linli.web.refusals import sentence


def saying_why(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let the view refuse: its sentence is shown, with a way back, and nothing was changed."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Refused as refusal:
            back = request.path if request.method == "POST" else ""
            return render(request, "refused.html", {"reason": sentence(refusal), "back_url": back}, status=409)

    return answering
