"""A generic gateway that telephones and reads words out, by the signed HTTP of the SMS gateway (语音电话)."""

from typing import Any

from linli.notice.carriers.port import Parcel
from linli.notice.carriers.sms import SmsGateway

TIMES_READ = 2  # who is woken by a telephone hears the first words half asleep


class VoiceGateway(SmsGateway):
    """Posts ``{"to", "text", "language", "times", "id"}``; taken means that it will ring, not that it was heard."""

    def _words(self, parcel: Parcel) -> dict[str, Any]:
        return {**super()._words(parcel), "language": parcel.language or "zh-hans", "times": TIMES_READ}
