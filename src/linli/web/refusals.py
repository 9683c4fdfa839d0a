"""A refusal in the reader's language (不予)."""

from django.utils.translation import gettext as _

from linli.shared.refusals import Refused


def sentence(refusal: Refused) -> str:
    """Return the refusal's sentence in the language of the page."""
    words = _(refusal.message_id)
    # What stands in the places are often labels of tables, which have translations of their own.
    places = {name: _(word) if isinstance(word, str) and word else word for name, word in refusal.places.items()}
    return words % places if places else words
