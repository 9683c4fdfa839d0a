"""A generic SMS gateway by signed HTTP: most operators' gateways sit behind a few lines that take this (短信网关)."""

import json
from typing import Any

from linli.notice.carriers.port import Parcel, check_code, handed_over
from linli.shared.signing import signed_headers

FINE = frozenset({"0", "00", "000", "000000", "200", "ok", "success"})  # how gateways say yes, as number or as word


class SmsGateway:
    """Posts ``{"to", "text", "id"}``, signed; the id tells the gateway that a repeat is one (docs/howto/notices.md)."""

    def __init__(self, address: str, secret: str) -> None:
        self._address, self._secret = address, secret

    def carry(self, parcel: Parcel, *, timestamp: int) -> None:
        """Hand the parcel to the gateway."""
        content = json.dumps(self._words(parcel), ensure_ascii=False).encode()
        headers = signed_headers(self._secret, key=str(parcel.key), timestamp=timestamp, content=content)
        answer = handed_over(self._address, content=content, headers={"Idempotency-Key": str(parcel.key), **headers})
        check_code(answer, code="code", fine=FINE)

    def _words(self, parcel: Parcel) -> dict[str, Any]:
        return {"id": str(parcel.key), "to": parcel.to, "text": parcel.body}
