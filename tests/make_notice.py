"""Servers to send to: a mail server, a web server that remembers what it was sent, and gateways that lead there."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

from linli.notice import actions as notices
from linli.notice.models import Gateway, Subscriber
from linli.outside import actions as outside
from linli.outside.models import Body
from tests import make

LOCAL = (ip_network("127.0.0.0/8"),)


@dataclass
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def said(self) -> dict[str, Any]:
        """The content as an object."""
        return dict(json.loads(self.content))


@dataclass
class Receiver:
    """A web server on this machine: ``answers`` are given one after the other, the last for ever."""

    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b"{}")])
    received: list[Received] = field(default_factory=list)
    url: str = ""
    waits: float = 0.0

    def answer(self) -> tuple[int, bytes]:
        """Return the next answer."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiver(*answers: tuple[int, bytes]) -> Iterator[Receiver]:
    """Run a web server for the length of the block."""
    kept = Receiver(list(answers) or [(200, b"{}")])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            heads = {name.lower(): value for name, value in self.headers.items()}
            kept.received.append(Received(self.path, heads, content))
            status, words = kept.answer()
            time.sleep(kept.waits)
            if status == 0:  # hang up without a word
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(words)))
            if status in {301, 302, 307}:
                self.send_header("Location", kept.url + "/elsewhere")
            self.end_headers()
            self.wfile.write(words)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    running.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        running.join()


def gateway(address: str, kind: str = "SMS", *, secret: str = "", unit_id: int | None = None) -> Gateway:
    """A gateway in use."""
    return notices.add_gateway(
        kind=kind,
        name="通道",
        address=address,
        secret=secret,
        unit_id=unit_id,
        at=make.AT,
        by_post_id=1,
    )


def subscriber(address: str, names: tuple[str, ...] = (), area_code: str = make.DISTRICT) -> tuple[Subscriber, str]:
    """A subscriber of events, and its secret."""
    made = notices.add_subscriber(
        name="区数据平台", address=address, names=names, area_code=area_code, at=make.AT, by_post_id=1
    )
    return made.subscriber, made.secret


def body(name: str = "示例物业公司", **columns: Any) -> Body:
    """An outside body that can be reached."""
    given = {"phone": "13800000002", "area_code": make.DISTRICT, "at": make.AT, "by_post_id": 1}
    return outside.keep_body(name=name, **(given | columns))
