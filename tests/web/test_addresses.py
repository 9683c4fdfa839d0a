"""Links people keep: they open from outside, also when a proxy of our own stands in front (对外地址)."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import timezone

from linli.case import actions as cases
from linli.runtime import doctor
from linli.runtime.folder import Folder
from tests import make

ROOT = Path(__file__).resolve().parents[2]
FORWARDED = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_HOST": "linli.example"}
PROXIED = {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}
HEADER = "from linli.config import settings; print(settings.SECURE_PROXY_SSL_HEADER)"


@pytest.fixture
def path(db):
    case, _worker = make.case_in_hand(at=timezone.now() - timedelta(hours=1))
    return f"/f/{case.number}/{cases.follow_token(case.first_appeal_id)}/"


@override_settings(**PROXIED)
def test_a_link_kept_behind_our_proxy_is_encrypted(client, path):
    page = client.get(f"{path}new/", **FORWARDED).content.decode()

    assert f'value="https://linli.example{path}"' in page


def test_a_link_kept_is_where_this_system_is_reached(client, path, settings):
    settings.PUBLIC_URL = "https://12345.example"

    page = client.get(f"{path}new/").content.decode()

    assert f'value="https://12345.example{path}"' in page


@pytest.mark.parametrize(
    ("proxies", "believed"), [("0", "None"), ("1", "('HTTP_X_FORWARDED_PROTO', 'https')")]
)  # fmt: skip
def test_only_our_own_proxies_say_that_a_page_came_encrypted(proxies, believed):
    surroundings = os.environ | {"LINLI_TRUSTED_PROXIES": proxies}

    said = subprocess.run([sys.executable, "-c", HEADER], env=surroundings, capture_output=True, text=True, check=True)

    assert said.stdout.strip() == believed


def test_only_one_place_asks_the_request_where_it_came():
    sources = (ROOT / "src" / "linli" / "web").rglob("*.py")

    assert [path.name for path in sources if "build_absolute_uri" in path.read_text()] == ["addresses.py"]


def test_the_machine_in_deploy_trusts_its_own_proxy_which_sends_everybody_to_https():
    service = (ROOT / "deploy" / "linli.service").read_text()
    proxy = (ROOT / "deploy" / "nginx.conf").read_text()

    assert "Environment=LINLI_TRUSTED_PROXIES=1\n" in service
    assert "return 301 https://$host$request_uri;" in proxy


@pytest.mark.parametrize(
    ("https", "proxies", "is_warned"), [("on", "0", True), ("on", "1", False), ("off", "0", False)]
)  # fmt: skip
def test_the_doctor_warns_of_a_proxy_that_nobody_trusts(tmp_path, monkeypatch, https, proxies, is_warned):
    monkeypatch.setenv("LINLI_HTTPS", https)
    monkeypatch.setenv("LINLI_TRUSTED_PROXIES", proxies)

    finding = doctor._proxies(Folder(tmp_path))

    assert (bool(finding.mend), finding.is_needed) == (is_warned, not is_warned)
