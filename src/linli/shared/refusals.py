"""Foreseen refusals (不予): each carries a sentence a person understands."""


class Refused(Exception):  # noqa: N818 -- the vocabulary's word; it is an answer, not an error
    """A foreseen no, with a sentence for the person (不予)."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Overtaken(Refused):
    """Someone moved it first (已被他人处理)."""
