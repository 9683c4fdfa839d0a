"""Foreseen refusals (不予): each carries a sentence a person understands.

The sentence is written in Chinese with ``%(name)s`` places and is the message id of its translations; the page or
door that shows it translates it, so that rules stay plain.
"""

from typing import Any


class Refused(Exception):  # noqa: N818 -- the vocabulary's word; it is an answer, not an error
    """A foreseen no, with a sentence for the person (不予)."""

    def __init__(self, sentence: str, **places: Any) -> None:
        super().__init__(sentence % places if places else sentence)
        self.message_id = sentence
        self.places = places

    @property
    def sentence(self) -> str:
        """The sentence in Chinese."""
        return str(self)


class Overtaken(Refused):
    """Someone moved it first (已被他人处理)."""


class Conflict(Refused):
    """The same key or number came with other content; a person has to look (冲突)."""
