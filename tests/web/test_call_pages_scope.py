"""Every step of a call with the application's own rights, which row-level security binds, for every role."""

import pytest
from django.utils import timezone

from linli.call.models import Call, CallEvent
from linli.case.models import Case
from linli.shared.scope import NOTHING
from tests import make_call
from tests.contract.test_row_security import as_application
from tests.web.test_call_board import HEARERS, KEY, a_post, enter

pytestmark = pytest.mark.django_db
LIFE = (
    ("answer", {}),
    ("ring_back", {}),
    ("not_reached", {}),
    ("call_120", {}),
    ("attend", {}),
    ("no_entry", {}),
    ("note", {"words": "门开了"}),
    ("raise_case", {"words": "卫生间没有扶手"}),
    ("close", {"outcome": "FALL", "words": "扶起来了"}),
    ("follow_up", {"words": "好多了"}),
    ("reopen", {"words": "又按了"}),
    ("answer", {}),
    ("give_up", {"words": "走不开"}),
)


@pytest.mark.parametrize("role", HEARERS)
def test_every_role_takes_a_call_through_its_whole_life_with_the_applications_rights(role):
    client = enter(a_post(role))
    call = make_call.call(at=timezone.now())

    with as_application(NOTHING):
        shown = [
            client.get(path).status_code
            for path in ("/calls/", "/calls/strip/", f"/calls/{call.pk}/", "/calls/past/", "/calls/visits/")
        ]
        client.post("/calls/present/", {"key": KEY, "sound": "on", "call": [str(call.pk)]})
        rung = client.post(f"/calls/{call.pk}/contacts/").status_code
        codes = [(name, client.post(f"/calls/{call.pk}/moves/{name}/", given).status_code) for name, given in LIFE]

    assert (shown, rung) == ([200] * 5, 200)
    assert codes == [(name, 302) for name, _given in LIFE]
    names = list(CallEvent.objects.filter(call=call).order_by("sequence").values_list("name", flat=True))
    assert [name for name in names if name not in {"raise", "unreached", "join_in"}] == [name for name, _ in LIFE]
    assert Case.objects.get().area_code == call.area_code
    assert Call.objects.get(pk=call.pk).state == "RAISED"
