"""E-mail through Django's backend: SMTP as ``LINLI_MAIL_URL`` names it (邮件)."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage

from linli.notice.carriers.port import Parcel, Undelivered
from linli.notice.rules import FAULT_WORDS

FINAL_FROM = 500  # SMTP replies from 500 on are final


def can_mail() -> bool:
    """Tell whether the site has a mail server."""
    return bool(settings.MAIL_URL)


class Mail:
    """Carries a parcel as plain text; its key is the message's id, so that a repeat is known."""

    def carry(self, parcel: Parcel, *, timestamp: int) -> None:  # noqa: ARG002 -- the port's shape
        """Hand the parcel to the mail server.

        Raises:
            Undelivered: no mail server, or it did not take the message.
        """
        if not can_mail():
            raise Undelivered(FAULT_WORDS["no_mail"], is_final=True)
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "linli"
        headers = {"Message-ID": f"<{parcel.key}@{domain}>", "Auto-Submitted": "auto-generated"}
        try:
            EmailMessage(parcel.subject, parcel.body, to=[parcel.to], headers=headers).send()
        except smtplib.SMTPRecipientsRefused as fault:
            code = next(iter(fault.recipients.values()))[0]
            raise Undelivered(f"SMTP {code}", is_final=code >= FINAL_FROM) from fault
        except smtplib.SMTPResponseException as fault:
            raise Undelivered(f"SMTP {fault.smtp_code}", is_final=fault.smtp_code >= FINAL_FROM) from fault
        except (smtplib.SMTPException, OSError) as fault:
            raise Undelivered(f"SMTP {type(fault).__name__}", is_nobody_there=True) from fault
