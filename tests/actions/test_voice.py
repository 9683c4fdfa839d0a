"""Calls are telephoned: a voice gateway is asked as the SMS gateway is, and never for a text."""

import base64
import hashlib
import hmac
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from linli.notice import actions as notices
from linli.notice.actions.setting import carrier_of
from linli.notice.carriers import Parcel, Undelivered
from linli.notice.models import Gateway
from linli.shared.refusals import Refused
from tests import make, make_notice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _local(settings):
    settings.OUTGOING_NETWORKS, settings.OUTGOING_HTTP = make_notice.LOCAL, True


def test_a_voice_gateway_is_asked_to_read_the_words_twice():
    parcel = Parcel(uuid4(), "13900000001", "", "一键呼 H261123-0001，请马上接应。", language="bo")
    with make_notice.receiver((200, b'{"code": 0}')) as server:
        carrier = carrier_of(make_notice.gateway(server.url, "VOICE", secret="s3cret"))

        carrier.carry(parcel, timestamp=int(make.AT.timestamp()))

    (request,) = server.received
    assert request.said == {
        "id": str(parcel.key), "to": "13900000001", "text": parcel.body, "language": "bo", "times": 2,
    }  # fmt: skip
    message = f"{parcel.key}.{int(make.AT.timestamp())}.".encode() + request.content
    expected = base64.b64encode(hmac.digest(b"s3cret", message, hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"


def test_a_voice_gateway_that_does_not_take_it_says_so():
    with make_notice.receiver((200, b'{"code": 17}')) as server:
        carrier = carrier_of(make_notice.gateway(server.url, "VOICE"))

        with pytest.raises(Undelivered) as refusal:
            carrier.carry(Parcel(uuid4(), "13900000001", "", "请接应"), timestamp=1)

    assert (refusal.value.words, refusal.value.is_final) == ("code 17", False)


def test_voice_stands_beside_texts_and_is_one():
    make_notice.gateway("https://sms.example/send")
    voice = make_notice.gateway("https://voice.example/say", "VOICE")

    with pytest.raises(Refused, match="语音电话网关"):
        make_notice.gateway("https://other.example/say", "VOICE")

    assert voice.unit_id is None
    notices.stop_gateway(gateway=voice, reason="换一家", at=make.AT, by_post_id=1)
    assert make_notice.gateway("https://other.example/say", "VOICE").is_active


def test_the_database_keeps_voice_of_all_and_one():
    columns = {"kind": "VOICE", "name": "x", "address_sealed": b"", "secret_sealed": b"", "created_at": make.AT}

    with pytest.raises(IntegrityError, match="gateway_is_of_all"), transaction.atomic():
        Gateway.objects.create(**columns, unit_id=7)
    Gateway.objects.create(**columns)
    with pytest.raises(IntegrityError, match="gateway_one_voice_in_use"), transaction.atomic():
        Gateway.objects.create(**columns)
