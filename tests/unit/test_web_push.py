"""Messages to browsers, against the example of RFC 8291 and the signature of RFC 8292."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from linli.call.rules.phones import browser_words, check_browser
from linli.notice.carriers import webpush
from linli.shared.refusals import Refused
from tests.make_push import Phone, from_base64

# RFC 8291, appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
OURS = ec.derive_private_key(
    int.from_bytes(from_base64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), webpush.CURVE
)
THEIRS = ec.derive_private_key(
    int.from_bytes(from_base64("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big"), webpush.CURVE
)
AUTH = from_base64("BTBZMqHH6r4Tts7J_aSIgg")
SALT = from_base64("DGv6ra1nlYgDCS1FRnbzlw")
SEALED = from_base64(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg"
    "Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
PHONE = Phone("https://push.example/1", THEIRS, AUTH)


def test_a_message_is_sealed_as_the_example_of_the_standard():
    browser = webpush.Browser(PHONE.endpoint, PHONE.handed_over["key_p256dh"], PHONE.handed_over["key_auth"])

    assert webpush.sealed(PLAIN, browser, salt=SALT, ours=OURS) == SEALED
    assert PHONE.opened(SEALED) == PLAIN


def test_two_messages_share_nothing():
    browser = webpush.Browser(PHONE.endpoint, PHONE.handed_over["key_p256dh"], PHONE.handed_over["key_auth"])

    one, other = webpush.sealed(PLAIN, browser), webpush.sealed(PLAIN, browser)

    assert one[:16] != other[:16]
    assert one[21:86] != other[21:86]
    assert PHONE.opened(one) == PHONE.opened(other) == PLAIN


def test_the_key_stays_the_same_for_a_secret_and_is_another_for_another(settings):
    settings.VAPID_KEY, settings.SECRET_KEY = "", "one"
    from linli.shared.crypto import derived_key

    derived_key.cache_clear()
    first = webpush.public_key()
    assert len(from_base64(first)) == 65

    settings.SECRET_KEY = "two"
    derived_key.cache_clear()
    assert webpush.public_key() != first
    derived_key.cache_clear()


def test_a_key_of_ones_own_overrules(settings):
    settings.VAPID_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"

    assert from_base64(webpush.public_key())[1:] == (
        OURS.public_key().public_numbers().x.to_bytes(32, "big")
        + OURS.public_key().public_numbers().y.to_bytes(32, "big")
    )


GIVEN = PHONE.handed_over


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://push.example/1"},
        {"endpoint": "ftp://push.example/1"},
        {"endpoint": "https://name:word@push.example/1"},
        {"endpoint": "https://push.example:0/1"},
        {"endpoint": "https:///1"},
        {"endpoint": "https://[push/1"},
        {"endpoint": "https://push.example/" + "a" * 500},
        {"endpoint": ""},
        {"key_p256dh": ""},
        {"key_p256dh": "BAAA"},
        {"key_p256dh": GIVEN["key_p256dh"][:-4] + "AAAA"},
        {"key_p256dh": "不是"},
        {"key_auth": ""},
        {"key_auth": "AAAA"},
        {"key_auth": "!!!!"},
    ],
)
def test_what_no_browser_hands_over_is_refused(wrong):
    check_browser(**GIVEN)

    with pytest.raises(Refused):
        check_browser(**(GIVEN | wrong))


KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {KIT} Chrome/126.0.0.0 Mobile Safari/537.36"
EDGE = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/126.0.0.0 Safari/537.36 Edg/126.0"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {KIT} Version/17.5 Safari/604.1"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (CHROME, ("安卓手机", "Chrome")),
        (EDGE, ("Windows 电脑", "Edge")),
        (IPHONE, ("iPhone", "Safari")),
        ("curl/8", ("", "")),
    ],
)
def test_a_machine_is_called_what_people_call_it(user_agent, words):
    assert browser_words(user_agent) == words
