"""Verbs about households, residents, consents and needs; each is one transaction that leaves one audit entry.

Audit entries name a record by its number, never by a person's name: the audit is read by people who may not see it.
"""

from linli.people.actions.common import LIVING_HERE, LIVING_HERE_SCOPE
from linli.people.actions.consents import give_consent
from linli.people.actions.contacts import (
    add_contact,
    contact_row,
    end_contact_use,
    erase_contacts,
    erase_expired_contacts,
    keep_contact,
    keep_contacts,
)
from linli.people.actions.homes import correct_resident, leave, register_household, register_resident, renew_link
from linli.people.actions.needs import (
    add_need,
    edit_tag,
    end_expired_needs,
    end_need,
    withdraw_consent,
    withdraw_own_consent,
)

__all__ = [
    "LIVING_HERE",
    "LIVING_HERE_SCOPE",
    "add_contact",
    "add_need",
    "contact_row",
    "correct_resident",
    "edit_tag",
    "end_contact_use",
    "end_expired_needs",
    "end_need",
    "erase_contacts",
    "erase_expired_contacts",
    "give_consent",
    "keep_contact",
    "keep_contacts",
    "leave",
    "register_household",
    "register_resident",
    "renew_link",
    "withdraw_consent",
    "withdraw_own_consent",
]
