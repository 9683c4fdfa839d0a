"""What Alibaba Cloud is asked for is signed as its published example is, and by nobody else's reckoning but its own."""

import hashlib
import hmac
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.notice.carriers.aliyun import EMPTY, authorization, canonical_query
from linli.notice.rules import check_templates, template_for
from linli.shared.refusals import Refused

# The example of “Request syntax and signature method V3”, Alibaba Cloud SDK documentation (RunInstances).
PUBLISHED = {
    "host": "ecs.cn-shanghai.aliyuncs.com",
    "x-acs-action": "RunInstances",
    "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "x-acs-date": "2023-10-26T10:22:32Z",
    "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-version": "2014-05-26",
}
ASKED = {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
TEMPLATES = "SMS_100\nresident_received SMS_200\n\nresident_received.bo   SMS_201"


def test_the_published_example_is_signed_as_published():
    signed = authorization("YourAccessKeyId", "YourAccessKeySecret", query=canonical_query(ASKED), headers=PUBLISHED)

    assert signed == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )
    assert PUBLISHED["x-acs-content-sha256"] == EMPTY


@given(st.dictionaries(st.text("abcXYZ", min_size=1, max_size=8), st.text(max_size=30)))
def test_any_query_is_in_order_and_is_read_back_as_it_was(asked):
    query = canonical_query(asked)

    assert parse_qsl(query, keep_blank_values=True) == sorted(asked.items())
    assert not set(query) & set(" +*/")


def test_the_signature_is_what_an_independent_reckoning_says():
    query = canonical_query({"b": "扎西 ~*", "a": "1"})
    lines = "".join(f"{name}:{words}\n" for name, words in sorted(PUBLISHED.items()))
    request = f"POST\n/\na=1&b=%E6%89%8E%E8%A5%BF%20~%2A\n{lines}\n{';'.join(sorted(PUBLISHED))}\n{EMPTY}"
    said = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
    expected = hmac.new(b"k", said.encode(), "sha256").hexdigest()

    assert authorization("id", "k", query=query, headers=PUBLISHED).endswith(f"Signature={expected}")


@pytest.mark.parametrize(
    ("kind", "language", "code"),
    [
        ("resident_received", "bo", "SMS_201"),
        ("resident_received", "zh-hans", "SMS_200"),
        ("resident_finished", "bo", "SMS_100"),
        ("", "zh-hans", "SMS_100"),
    ],
)
def test_the_template_is_that_of_the_kind_and_language_else_that_of_the_rest(kind, language, code):
    check_templates(TEMPLATES)

    assert template_for(TEMPLATES, kind=kind, language=language) == code


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (" \n", "请写明用哪个短信模板"),
        ("poem SMS_1", "看不懂这一行短信模板：poem SMS_1"),
        ("whistle.fr SMS_1", "看不懂这一行短信模板：whistle.fr SMS_1"),
        ("whistle 模板", "看不懂这一行短信模板：whistle 模板"),
    ],
)
def test_a_line_that_names_no_kind_or_no_template_is_refused(words, sentence):
    with pytest.raises(Refused) as refusal:
        check_templates(words)

    assert refusal.value.sentence.startswith(sentence)
