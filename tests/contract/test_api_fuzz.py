"""The machine doors keep to their own description, whatever is sent to them."""

import json

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core import NotSet
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from linli.api.keys import meter
from linli.call.models import Device, Press
from linli.config.wsgi import application
from linli.intake import actions as intake
from linli.intake import queries as appeals
from linli.intake.models import ApiKey, Appeal
from linli.intake.rules import Channel
from tests import make, make_call, make_vendor

EXAMPLES = 10
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SECRETS = {Channel.OPEN311: "open311-for-fuzzing", Channel.HOTLINE: "hotline-for-fuzzing"}

schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
fuzzed = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
REFUSING = {400, 401, 403, 404, 405, 406, 415, 422}  # never a 2xx, and not a conflict with what is kept


@pytest.fixture
def _district(db, settings):
    for signal in (request_started, request_finished):  # a test's transaction outlives its requests
        signal.disconnect(close_old_connections)
    settings.API_ADDRESS_PER_MINUTE = 1_000_000
    make.neighbourhood()
    for channel, secret in SECRETS.items():
        key = intake.create_key(name="fuzz", channel=channel, rate_per_minute=1_000_000, at=make.AT).key
        ApiKey.objects.filter(pk=key.pk).update(secret_hash=appeals.secret_hash(secret))
    meter.forget()
    appeals.forget_keys()
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_district")
@schema.parametrize()
@fuzzed
def test_no_request_makes_a_door_fail_or_leave_its_description(case):
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {SECRETS[Channel.HOTLINE]}"}
    if isinstance(case.body, dict) and "api_key" in case.body:
        case.body["api_key"] = SECRETS[Channel.OPEN311]

    case.call_and_validate(checks=CHECKS)


SIGNED = ["/api/call/v1/presses", "/api/call/v1/states"]
TELEMETRY = "/api/v1/{token}/telemetry"


@pytest.mark.usefixtures("_district")
@schema.include(path=SIGNED).parametrize()
@fuzzed
def test_whatever_a_vendor_signs_is_answered_as_described(case):
    content = b"" if isinstance(case.body, NotSet) else json.dumps(case.body, default=str).encode()
    case.headers = {"Content-Type": "application/json", **make_vendor.cloud().heads(content)}

    answer = case.call_and_validate(data=content, checks=CHECKS)

    assert answer.status_code == (200 if case.method == "POST" else 405)


@pytest.mark.usefixtures("_district")
@schema.include(path=TELEMETRY).parametrize()
@fuzzed
def test_whatever_a_gateway_says_is_answered_as_described(case):
    if not Device.objects.exists():
        make_call.device()
    content = b"" if isinstance(case.body, NotSet) else json.dumps(case.body, default=str).encode()
    case.headers = {"Content-Type": "application/json"}
    case.path_parameters = {"token": make_call.SECRET}

    answer = case.call_and_validate(data=content, checks=CHECKS)

    assert answer.status_code == (200 if case.method == "POST" else 405)


KEYED = [
    *((address, "POST") for address in (*SIGNED, TELEMETRY)),
    ("/open311/v2/requests.{form}", "POST"),
    ("/open311/v2/servicerequestupdates.{form}", "POST"),
    ("/api/hotline/appeals", "POST"),
    ("/api/hotline/appeals/bulk", "POST"),
    ("/api/hotline/appeals/{external_number}", "GET"),
]


def test_no_door_that_writes_goes_without_a_key():
    writing = {
        (operation.path, operation.method.upper())
        for operation in (found.ok() for found in schema.get_all_operations())
        if operation.method.upper() != "GET" or operation.path.startswith("/api/")
    }

    assert writing == set(KEYED)


KEYLESS = {
    "open311": schema.include(
        path=[address for address, _method in KEYED if address.startswith("/open311")], method="POST"
    ),
    "hotline": schema.include(path=[address for address, _method in KEYED if address.startswith("/api/hotline")]),
    "call": schema.include(path=[*SIGNED, TELEMETRY]),
}


@pytest.mark.usefixtures("_district")
@KEYLESS["open311"].parametrize()
@fuzzed
def test_without_a_key_no_request_is_kept_whatever_it_says(case):
    if isinstance(case.body, dict):
        case.body |= {"api_key": "nobody's"}

    answer = case.call_and_validate(checks=CHECKS)

    assert answer.status_code in REFUSING
    assert Appeal.objects.count() == 0


@pytest.mark.usefixtures("_district")
@KEYLESS["hotline"].parametrize()
@fuzzed
def test_without_its_key_the_hotline_door_keeps_and_tells_nothing(case):
    case.headers = {**(case.headers or {}), "Authorization": "Bearer nobody's"}

    answer = case.call_and_validate(checks=CHECKS)

    assert answer.status_code in REFUSING
    assert Appeal.objects.count() == 0


@pytest.mark.usefixtures("_district")
@KEYLESS["call"].parametrize()
@fuzzed
def test_without_a_signature_or_token_the_doors_of_calls_keep_nothing(case):
    answer = case.call_and_validate(checks=CHECKS)

    assert answer.status_code in REFUSING
    assert Press.objects.count() == 0
