"""Robots in the chats of WeCom 企业微信, DingTalk 钉钉 and Feishu 飞书, each by its published webhook (群机器人)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from linli.notice.carriers.port import Carrier, Parcel, check_code, handed_over


class _Robot:
    def __init__(self, address: str, secret: str) -> None:
        self._address, self._secret = address, secret

    def _say(self, address: str, words: dict[str, Any], *, code: str, parcel: Parcel) -> None:
        content = json.dumps(words, ensure_ascii=False).encode()
        answer = handed_over(address, content=content, headers={"Idempotency-Key": str(parcel.key)})
        check_code(answer, code=code)


class WeCom(_Robot):
    """WeCom: the key stands in the address, nothing is signed."""

    def carry(self, parcel: Parcel, *, timestamp: int) -> None:  # noqa: ARG002 -- the port's shape
        """Say the parcel in the chat."""
        words = {"msgtype": "text", "text": {"content": f"{parcel.subject}\n{parcel.body}"}}
        self._say(self._address, words, code="errcode", parcel=parcel)


class DingTalk(_Robot):
    """DingTalk: timestamp in milliseconds and its signature stand in the address."""

    def carry(self, parcel: Parcel, *, timestamp: int) -> None:
        """Say the parcel in the chat."""
        address = self._address
        if self._secret:
            moment = timestamp * 1000
            sign = _digest(self._secret.encode(), f"{moment}\n{self._secret}".encode())
            address += f"{'&' if '?' in address else '?'}timestamp={moment}&sign={quote(sign, safe='')}"
        words = {"msgtype": "text", "text": {"content": f"{parcel.subject}\n{parcel.body}"}}
        self._say(address, words, code="errcode", parcel=parcel)


class Feishu(_Robot):
    """Feishu: timestamp in seconds and its signature stand in the message."""

    def carry(self, parcel: Parcel, *, timestamp: int) -> None:
        """Say the parcel in the chat."""
        words: dict[str, Any] = {"msg_type": "text", "content": {"text": f"{parcel.subject}\n{parcel.body}"}}
        if self._secret:
            sign = _digest(f"{timestamp}\n{self._secret}".encode(), b"")
            words |= {"timestamp": str(timestamp), "sign": sign}
        self._say(self._address, words, code="code", parcel=parcel)


def _digest(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()


ROBOTS: dict[str, Callable[[str, str], Carrier]] = {"WECOM": WeCom, "DINGTALK": DingTalk, "FEISHU": Feishu}
