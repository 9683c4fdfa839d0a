"""What can go wrong on the machine and is foreseen, each one clear line for the person at the keyboard (故障说明)."""


class Trouble(Exception):  # noqa: N818 -- a word for people, like Refused
    """A foreseen obstacle, told in one line that says what to do."""
