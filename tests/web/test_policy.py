"""What the browser is told about a page: no foreign script, no way back from TLS (内容安全)."""

import os
import subprocess
import sys

import pytest

from linli.web.policy import POLICY

pytestmark = pytest.mark.django_db
SECONDS = "from linli.config import settings; print(settings.SECURE_HSTS_SECONDS)"


@pytest.mark.parametrize("path", ["/", "/report/", "/login/", "/nowhere/"])
def test_every_page_says_what_it_may_load(client, settings, path):
    settings.LIVE_URL = "/live"

    assert client.get(path)["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    ("url", "host", "origin"),
    [
        ("", "linli.example:8000", " http://linli.example:8001"),
        ("", "[::1]:8000", " http://[::1]:8001"),
        ("https://live.example/live", "linli.example", " https://live.example"),
    ],
)
def test_live_hints_may_come_from_where_they_are_sent(client, settings, url, host, origin):
    settings.LIVE_URL, settings.LIVE_PORT = url, 8001

    assert client.get("/", HTTP_HOST=host)["Content-Security-Policy"] == f"{POLICY}{origin}"


def test_no_page_may_run_a_script_that_stands_in_it():
    assert "script-src" not in POLICY
    assert "default-src 'self';" in POLICY


@pytest.mark.parametrize(("https", "seconds"), [("on", "31536000"), ("off", "0")])
def test_browsers_are_told_to_stay_with_tls_only_where_there_is_tls(https, seconds):
    surroundings = os.environ | {"LINLI_HTTPS": https}

    said = subprocess.run([sys.executable, "-c", SECONDS], env=surroundings, capture_output=True, text=True, check=True)

    assert said.stdout.strip() == seconds
