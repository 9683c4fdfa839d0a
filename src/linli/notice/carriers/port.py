"""The port: what is carried, who carries it, and how it says that it could not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from linli.notice.outgoing import Answer, Unreachable, post
from linli.shared.refusals import Refused

# A wrong request stays wrong; a wrong key or a busy server is mended by somebody, so it is tried again.
FINAL_STATUS = frozenset({400, 413, 414, 422})


class Undelivered(Exception):  # noqa: N818 -- what happened, as Refused and Overtaken say it
    """It did not arrive; the words are a code or a few words, never an address."""

    def __init__(
        self, words: str, *, is_final: bool = False, status: int | None = None, is_nobody_there: bool = False
    ) -> None:
        super().__init__(words)
        self.words = words[:120]
        self.is_final = is_final
        self.status = status
        self.is_nobody_there = is_nobody_there


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to one recipient; a repeat carries the same key.

    An operator that sends only texts it has approved needs to know which kind it is, and what is filled in.
    """

    key: UUID
    to: str
    subject: str
    body: str
    kind: str = ""
    language: str = ""
    places: Mapping[str, str] = field(default_factory=dict)


class Carrier(Protocol):
    """Whoever carries a parcel out."""

    def carry(self, parcel: Parcel, *, timestamp: int) -> None:
        """Hand the parcel over, or say why not.

        Raises:
            Undelivered: with whether trying again can help.
        """


def handed_over(address: str, *, content: bytes, headers: dict[str, str]) -> Answer:
    """Post content and return the answer of a server that took it.

    Raises:
        Undelivered: it could not be reached, may not be reached, or did not answer with 2xx.
    """
    answer = reached(address, content=content, headers={"Content-Type": "application/json", **headers})
    if not 200 <= answer.status < 300:
        raise Undelivered(f"HTTP {answer.status}", is_final=answer.status in FINAL_STATUS, status=answer.status)
    return answer


def reached(address: str, *, content: bytes, headers: dict[str, str], query: str = "") -> Answer:
    """Post content and return whatever was answered.

    Raises:
        Undelivered: it could not be reached, or may not be reached.
    """
    try:
        return post(address, content=content, headers=headers, query=query)
    except Unreachable as fault:
        raise Undelivered(str(fault), is_nobody_there=True) from fault
    except Refused as refusal:
        raise Undelivered(refusal.sentence, is_final=True) from refusal


def check_code(answer: Answer, *, code: str, fine: frozenset[str] = frozenset({"0"})) -> None:
    """Check the code inside an answer: chat services answer 200 whatever happens; one without a code took it.

    Raises:
        Undelivered: the code says that it was not taken.
    """
    given = answer.said().get(code)
    if given is not None and str(given).strip().lower() not in fine:
        raise Undelivered(f"{code} {str(given)[:20]}", status=answer.status)
