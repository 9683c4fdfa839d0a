"""PyPI's ``three``, the Open311 client others use, works against our door over real HTTP."""

import importlib
import itertools
import sys
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests
from defusedxml import ElementTree
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections

from linli.api.keys import meter
from linli.case.models import Case
from linli.config.wsgi import application
from linli.intake import actions as intake
from linli.intake import queries as appeals
from linli.intake.rules import Channel
from tests import make

pytestmark = pytest.mark.django_db


class Quiet(WSGIRequestHandler):
    def log_message(self, *_words):
        pass


@pytest.fixture
def address():
    make.neighbourhood()
    meter.forget()
    appeals.forget_keys()
    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    shared = connections["default"]
    shared.inc_thread_sharing()  # the server answers inside the test's transaction
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    serving = Thread(target=_serve, args=(server, shared), daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()
    shared.dec_thread_sharing()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _serve(server, shared):
    connections["default"] = shared
    server.serve_forever()


@pytest.fixture
def client(address, monkeypatch):
    """The client as it was released: for Python 2, so it wants one name of its library back."""
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)
    for name in [name for name in sys.modules if name == "three" or name.startswith("three.")]:
        monkeypatch.delitem(sys.modules, name)
    three = importlib.import_module("three.core")  # a client that no longer loads is a failure, not a skip
    secret = intake.create_key(name="three", channel=Channel.OPEN311, at=make.AT).secret
    made = three.Three(f"{address}/open311/v2", api_key=secret, discovery=f"{address}/open311/discovery.json")
    yield made
    made.session.close()


def test_three_discovers_posts_and_finds_its_request(client):
    assert client.discovery()["endpoints"][0]["type"] == "production"
    assert "0103" in {row["service_code"] for row in client.services()}
    assert client.services("0103")["service_code"] == "0103"

    (posted,) = client.post(
        "0103", address_id=make.COMMUNITY, description="楼道灯坏了", name="Tashi Dorje", phone="13900000001"
    )

    number = posted["service_request_id"]
    assert Case.objects.get().number == number
    assert [row["service_request_id"] for row in client.requests()] == [number]
    assert [row["status"] for row in client.request(number)] == ["open"]


def test_xml_over_the_wire_has_its_length_and_its_type(address):
    answer = requests.get(f"{address}/open311/v2/services.xml", timeout=120)

    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert ElementTree.fromstring(answer.content).tag == "services"
