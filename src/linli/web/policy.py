"""What a page of ours may load and whom it may talk to, told to the browser: a foreign script never runs (内容安全)."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from linli.web.context import live_url

HEADER = "Content-Security-Policy"
POLICY = (
    "default-src 'self'; "
    "style-src-attr 'unsafe-inline'; "  # the hints of charts; where styles lie is not where scripts may
    "img-src 'self' data: blob:; "
    "worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "connect-src 'self'"
)


class ContentPolicy:
    """Send the policy with every page that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the policy; live hints may come from their own port."""
        answer = self.get_response(request)
        if HEADER not in answer.headers:
            answer.headers[HEADER] = f"{POLICY}{_origin_of_hints(request)}"
        return answer


def _origin_of_hints(request: HttpRequest) -> str:
    parts = urlsplit(live_url(request))
    return f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
