"""Speak to servers outside: only over TLS, only to addresses that may be reached, never redirected (外发请求).

An address given by a person could point into our own network (server-side request forgery). So the name is resolved
once, every address it has must be public or in a network the site allows (``LINLI_OUTGOING_NETWORKS``), and the
connection goes to the very address that was looked at: a second look-up could answer otherwise.
"""

import http.client
import ipaddress
import json
import socket
import ssl
import time
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from linli.shared.refusals import Refused

TIMEOUT_SECONDS = 10.0
ANSWER_BYTES_MAX = 65_536
ADDRESS_MAX = 500


class Unreachable(Exception):  # noqa: N818 -- what happened, as Refused and Overtaken say it
    """Nothing came back; the words are a few and name no address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    content: bytes

    def said(self) -> dict[str, Any]:
        """Return the answer as an object, empty when it is none."""
        try:
            words = json.loads(self.content or b"{}")
        except ValueError:
            return {}
        return words if isinstance(words, dict) else {}


def check_address(address: str) -> SplitResult:
    """Check an address before it is kept; whether it may be reached is looked at each time.

    Raises:
        Refused: not an https address, or it carries a name and password.
    """
    parts = urlsplit(address.strip())
    schemes = {"https", "http"} if settings.OUTGOING_HTTP else {"https"}
    try:
        port = parts.port
    except ValueError as fault:
        raise Refused("网址里的端口不对。") from fault
    if len(address) > ADDRESS_MAX or parts.scheme not in schemes or not parts.hostname or port == 0:
        raise Refused("请填写完整的 https:// 网址。")
    if parts.username or parts.password:
        raise Refused("网址里不要写用户名和密码。")
    return parts


def post(address: str, *, content: bytes, headers: dict[str, str], query: str = "") -> Answer:
    """Send content to an address and return the answer, whatever its status (外发).

    Raises:
        Refused: the address is none, or leads where it may not.
        Unreachable: nobody answered in time, or not as a web server does.
    """
    parts = check_address(address)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    sock = _connected(host, port, is_tls=parts.scheme == "https")
    line = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    line.sock = sock
    asked = query or parts.query
    target = (parts.path or "/") + (f"?{asked}" if asked else "")
    try:
        line.request("POST", target, body=content, headers={"User-Agent": "linli", **headers})
        answer = line.getresponse()
        return Answer(answer.status, _read(answer))
    except TimeoutError as fault:
        raise Unreachable("timeout") from fault
    except (OSError, http.client.HTTPException) as fault:
        raise Unreachable(type(fault).__name__) from fault
    finally:
        line.close()


def _read(answer: http.client.HTTPResponse) -> bytes:
    """Read what fits and arrives in time; a server that dribbles does not hold the worker."""
    ends, content = time.monotonic() + TIMEOUT_SECONDS, b""
    while len(content) < ANSWER_BYTES_MAX and time.monotonic() < ends:
        piece = answer.read1(ANSWER_BYTES_MAX - len(content))
        if not piece:
            break
        content += piece
    return content


def _connected(host: str, port: int, *, is_tls: bool) -> socket.socket:
    place = _permitted(host, port)
    try:
        sock = socket.create_connection((place, port), timeout=TIMEOUT_SECONDS)
    except TimeoutError as fault:
        raise Unreachable("timeout") from fault
    except OSError as fault:
        raise Unreachable("no connection") from fault
    if not is_tls:
        return sock
    try:
        return _trusted().wrap_socket(sock, server_hostname=host)
    except (ssl.SSLError, OSError) as fault:
        sock.close()
        raise Unreachable("TLS") from fault


@cache
def _trusted() -> ssl.SSLContext:
    """Return the authorities of this machine, read once: reading them takes longer than the handshake."""
    return ssl.create_default_context()


def _permitted(host: str, port: int) -> str:
    """Return the address to connect to, when every address of the name may be reached."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise Unreachable("no such host") from fault
    places = [str(entry[4][0]) for entry in found]
    for place in places:
        if not is_permitted(place):
            raise Refused("这个网址指向内部网络，没有发送。确实需要时请把网段写进 LINLI_OUTGOING_NETWORKS。")
    return places[0]


def is_permitted(place: str) -> bool:
    """Tell whether an address may be spoken to: a public one, or one in a network the site allows."""
    address = ipaddress.ip_address(place.split("%", maxsplit=1)[0])
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if any(address in network for network in settings.OUTGOING_NETWORKS if network.version == address.version):
        return True
    return address.is_global and not address.is_multicast
