"""From words to the area they speak of (按词找地)."""

from linli.place.queries.atlas import atlas
from linli.place.rules.address import WordMatch

WORDS_MAX = 4000

__all__ = ["WordMatch", "locate_words"]


def locate_words(text: str) -> list[WordMatch]:
    """Return the areas that the words may mean, best first (按词找地).

    A score of 1 says that all the place names in the text agree on this one area; equals share their score, and the
    area around them comes first. The district itself is never an answer.
    """
    return atlas().words.find(text[:WORDS_MAX])
