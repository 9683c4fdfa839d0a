"""The machine doors keep to their own description, whatever is sent to them."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from linli.api.keys import meter
from linli.config.wsgi import application
from linli.intake import actions as intake
from linli.intake import queries as appeals
from linli.intake.models import ApiKey
from linli.intake.rules import Channel
from tests import make

EXAMPLES = 10
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SECRETS = {Channel.OPEN311: "open311-for-fuzzing", Channel.HOTLINE: "hotline-for-fuzzing"}

schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


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
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_makes_a_door_fail_or_leave_its_description(case):
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {SECRETS[Channel.HOTLINE]}"}
    if isinstance(case.body, dict) and "api_key" in case.body:
        case.body["api_key"] = SECRETS[Channel.OPEN311]

    case.call_and_validate(checks=CHECKS)
