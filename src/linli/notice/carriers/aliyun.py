"""Text messages by Alibaba Cloud 阿里云短信: SendSms, signed as its V3 protocol asks (ACS3-HMAC-SHA256).

The operator sends only what it has approved: a template of its own, whose variables we fill.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from linli.notice.carriers.port import Parcel, Undelivered, reached
from linli.notice.rules import template_for

ADDRESS = "https://dysmsapi.aliyuncs.com/"
ALGORITHM = "ACS3-HMAC-SHA256"
EMPTY = hashlib.sha256(b"").hexdigest()
# What is wrong with this very message; everything else somebody can mend at the operator, so it is tried again.
FINAL_CODES = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.INVALID_JSON_PARAM",
    }
)


class AliyunSms:
    """Calls SendSms with the template that was named for a kind of notice (docs/howto/notices.md)."""

    def __init__(self, address: str, secret: str, options: Mapping[str, str]) -> None:
        self._address, self._secret, self._options = address, secret, options

    def carry(self, parcel: Parcel, *, timestamp: int) -> None:
        """Hand the parcel to the operator, and believe what its answer says inside."""
        code = template_for(self._options.get("templates", ""), kind=parcel.kind, language=parcel.language)
        if not code:
            raise Undelivered("没有对应的短信模板", is_final=True)
        query = canonical_query(
            {
                "PhoneNumbers": parcel.to,
                "SignName": self._options.get("sign_name", ""),
                "TemplateCode": code,
                "TemplateParam": json.dumps(_variables(parcel), ensure_ascii=False),
                "OutId": str(parcel.key),
            }
        )
        headers = {
            "host": urlsplit(self._address).netloc,
            "x-acs-action": "SendSms",
            "x-acs-content-sha256": EMPTY,
            "x-acs-date": datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": f"{parcel.key.hex}{timestamp}",
            "x-acs-version": "2017-05-25",
        }
        signed = authorization(self._options.get("key_id", ""), self._secret, query=query, headers=headers)
        answer = reached(self._address, content=b"", headers={**headers, "Authorization": signed}, query=query)
        given = str(answer.said().get("Code") or f"HTTP {answer.status}")
        if given != "OK":
            raise Undelivered(given, is_final=given in FINAL_CODES, status=answer.status)


def authorization(key_id: str, secret: str, *, query: str, headers: Mapping[str, str]) -> str:
    """Return the header by which the operator knows that it was us, over exactly these headers and this query."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join(["POST", "/", query, lines, names, headers["x-acs-content-sha256"]])
    said = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(secret.encode(), said.encode(), hashlib.sha256).hex()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"


def canonical_query(given: Mapping[str, str]) -> str:
    """Return a query in the one order and spelling that is signed."""
    return "&".join(f"{quote(name, safe='')}={quote(given[name], safe='')}" for name in sorted(given))


def _variables(parcel: Parcel) -> dict[str, str]:
    """Give every variable a template may have: the places of our text, the text itself, the link without its site."""
    path = urlsplit(parcel.places.get("link", "")).path.lstrip("/")
    return {**parcel.places, "path": path, "subject": parcel.subject, "text": parcel.body}
