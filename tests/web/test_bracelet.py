"""The virtual bracelet is there in a made-up district alone, and presses for real or says why not."""

import json

import pytest

from linli.call.models import Call, Press
from linli.shared.scope import EVERYTHING, acting
from tests import make_call

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with acting(EVERYTHING):
        held = make_call.holding()
    (tmp_path / "device-secrets.json").write_text(json.dumps({held.device.serial: make_call.SECRET}))
    return tmp_path, held


def test_no_real_district_has_the_page(client, folder):
    assert client.get("/bracelet/").status_code == 404
    assert client.post("/bracelet/press/", {"serial": folder[1].device.serial}).status_code == 404
    with acting(EVERYTHING):
        assert Press.objects.count() == 0


def test_a_made_up_district_offers_its_bracelets_and_shows_no_secret(client, folder):
    path, held = folder
    (path / "demo.json").write_text("{}")

    page = client.get("/bracelet/").content.decode()

    assert held.device.serial in page
    assert make_call.SECRET not in page


def test_without_the_message_server_it_says_that_nobody_heard(client, folder):
    path, held = folder
    (path / "demo.json").write_text("{}")

    page = client.post("/bracelet/press/", {"serial": held.device.serial, "kind": "PRESS"}, follow=True)

    assert "连不上消息服务" in page.content.decode()
    assert client.post("/bracelet/press/", {"serial": "nobody"}).status_code == 404
    with acting(EVERYTHING):
        assert Press.objects.count() == 0


def test_what_becomes_of_the_call_is_told_in_words_until_it_is_over(client, folder):
    path, held = folder
    (path / "demo.json").write_text("{}")
    with acting(EVERYTHING):
        call = make_call.call(held=held, ref="abc")
    address = f"/bracelet/?serial={held.device.serial}&ref=abc&result=0"

    open_page = client.get(address)
    with acting(EVERYTHING):
        Call.objects.filter(pk=call.pk).update(
            state="CLOSED", closed_at=call.raised_at, outcome="MISTAKE", next_step_at=None
        )
    closed_page = client.get(address)

    assert "平台已收到。" in open_page.content.decode()
    assert "没有人接应" in open_page.content.decode()
    assert open_page["Refresh"] == "3"
    assert "已结束 · 误按" in closed_page.content.decode()
    assert "Refresh" not in closed_page
