"""Pages for requests that cannot be read at all (读不了的请求)."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say why a request was not read, in the language of the page."""
    reason = _("这次提交的内容没有读出来，请回到上一页再试一次。")
    if isinstance(exception, RequestDataTooBig):
        reason = _("这次提交的内容太多了，没有收下。请回到上一页缩短文字，或者少选几个文件。")
    return render(request, "400.html", {"reason": reason}, status=400)
