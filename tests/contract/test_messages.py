"""Every sentence shown to people stands in both other languages, with the same places to fill."""

import re

import pytest

from linli.runtime import messages

PLACES = re.compile(r"%\((\w+)\)[sd]")


@pytest.mark.parametrize("locale", messages.LOCALES)
def test_no_sentence_waits_for_its_translation(locale):
    assert messages.missing(locale) == []


@pytest.mark.parametrize("locale", messages.LOCALES)
def test_a_translation_fills_the_same_places(locale):
    wrong = []
    for message in messages.read(locale):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if not message.id or not any(strings):
            continue
        wanted = set(PLACES.findall(ids[-1]))
        wrong += [ids[0] for string in strings[-1:] if set(PLACES.findall(string)) != wanted]

    assert wrong == []
