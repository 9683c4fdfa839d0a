"""What a person prefers on this machine, without logging in: the size of type (字号)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

YEAR = 365 * 24 * 3600


@require_POST
def set_type(request: HttpRequest) -> HttpResponse:
    """Switch between normal and large type, and come back to the same page."""
    following = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(following, allowed_hosts={request.get_host()}):
        following = "/"
    answer = HttpResponseRedirect(following)
    # Read by the script in the page as well, which switches without a round trip.
    size = "large" if request.POST.get("type") == "large" else "normal"
    answer.set_cookie("linli_type", size, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return answer
