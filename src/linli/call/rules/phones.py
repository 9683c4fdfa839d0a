"""Browsers that calls may wake, on plain values: what one hands over, and how its owner knows it (手机提醒)."""

import base64
import binascii
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from linli.shared.refusals import Refused

ENDPOINT_MAX = 500
PER_ACCOUNT_MAX = 10
AUTH_BYTES = 16
NOT_READ = "浏览器给出的推送地址看不懂，请换一个浏览器再试。"
# The first that fits: what a person would call it. An Edge says Chrome as well, a Chrome says Safari as well.
MACHINES = (
    ("HarmonyOS", "鸿蒙手机"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "安卓手机"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "Mac 电脑"),
    ("Linux", "Linux 电脑"),
)
BROWSERS = (
    ("HuaweiBrowser", "华为浏览器"),
    ("MiuiBrowser", "小米浏览器"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def check_browser(*, endpoint: str, key_p256dh: str, key_auth: str, is_http_allowed: bool = False) -> None:
    """Check what a browser hands over when it subscribes.

    Raises:
        Refused: no https address, no point of the curve, or a secret of another length.
    """
    try:
        parts = urlsplit(endpoint)
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError as fault:
        raise Refused(NOT_READ) from fault
    schemes = {"https", "http"} if is_http_allowed else {"https"}
    if len(endpoint) > ENDPOINT_MAX or not endpoint.isascii() or parts.scheme not in schemes or not has_place:
        raise Refused(NOT_READ)
    if parts.username or parts.password:
        raise Refused(NOT_READ)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes_of(key_p256dh))
        is_long_enough = len(_bytes_of(key_auth)) == AUTH_BYTES
    except (ValueError, binascii.Error) as fault:
        raise Refused(NOT_READ) from fault
    if not is_long_enough:
        raise Refused(NOT_READ)


def browser_words(user_agent: str) -> tuple[str, str]:
    """Return what a person calls the machine and the browser; empty where nobody knows (设备名称)."""
    machine = next((words for mark, words in MACHINES if mark in user_agent), "")
    browser = next((words for mark, words in BROWSERS if mark in user_agent), "")
    return machine, browser


def _bytes_of(words: str) -> bytes:
    return base64.b64decode(words + "=" * (-len(words) % 4), altchars=b"-_", validate=True)
