"""A vendor's cloud that signs what it hands over, as Standard Webhooks says."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from linli.call import actions as calls
from tests import make


@dataclass
class Cloud:
    """What a vendor keeps: its number and its secret."""

    number: int
    secret: str

    def heads(self, content: bytes, *, at: float | None = None, key: str = "msg-1") -> dict[str, str]:
        """Sign by hand: the tests do not ask our own code whether it is right."""
        moment = str(int(time.time() if at is None else at))
        message = f"{key}.{moment}.".encode() + content
        secret = base64.b64decode(self.secret.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.new(secret, message, hashlib.sha256).digest()).decode()
        return {
            "linli-vendor": str(self.number),
            "webhook-id": key,
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{signature}",
        }

    def post(self, client: Any, path: str, said: Any, **how: Any) -> Any:
        """Hand something over: words as they are, anything else as JSON."""
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        heads = how.pop("heads", None) or self.heads(content, **how)
        return client.post(f"/api/call/v1/{path}", content, content_type="application/json", headers=heads)


def cloud(name: str = "某某手环云") -> Cloud:
    """A vendor's cloud in use."""
    made = calls.add_vendor(name=name, at=make.AT)
    return Cloud(made.vendor.pk, made.secret)
