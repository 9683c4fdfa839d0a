"""What allauth may do here: no sign-up, sealed second-factor secrets, our own words."""

import base64
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.shared.crypto import seal, unseal
from linli.staff import queries as staff
from linli.web.session import client_address


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators; a fresh login needs no second asking for the password."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("试得太多了，请过几分钟再试。"),
        "incorrect_password": _("密码不对。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 -- allauth's signature
        """Nobody signs up: a post is an appointment."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that lock-out counts."""
        return client_address(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:  # noqa: ARG002 -- allauth's signature
        """Ask again for the password only when the last proof is older than ten minutes."""
        request = context.request
        records = get_authentication_records(request, request.user)
        return not any(time.time() - record["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT for record in records)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes are sealed like personal data."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("验证码不对，请看清后重新输入。"),
        "cannot_delete_authenticator": _("您的岗位要求双重验证，不能停用。"),
        "cannot_generate_recovery_codes": _("先启用动态口令或通行密钥，才能生成恢复码。"),
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret before it is stored."""
        return base64.b64encode(seal(text)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a stored secret."""
        return unseal(base64.b64decode(encrypted_text))

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Keep the last second factor of someone whose post requires one."""
        held = staff.posts_of(authenticator.user, at=timezone.now())
        if not any(staff.rule(post.role).is_second_factor_required for post in held):
            return True
        return bool(
            Authenticator.objects.filter(user=authenticator.user)
            .exclude(type=Authenticator.Type.RECOVERY_CODES)
            .exclude(pk=authenticator.pk)
            .exists()
        )

    def get_totp_label(self, user: Any) -> str:
        """Return what the authenticator app shows beside the code."""
        return str(user.username)

    def _get_site_name(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)
