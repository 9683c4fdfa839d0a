"""A refusal in the reader's language (不予)."""

from django.utils.translation import gettext as _

from linli.shared.refusals import Refused


def sentence(refusal: Refused) -> str:
    """Return the refusal's sentence in the language of the page."""
    words = _(refusal.message_id)
    return words % refusal.places if refusal.places else words
