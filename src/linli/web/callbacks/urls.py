"""Addresses of the call-backs; a desk includes them under its own name and roles."""

from django.urls import URLPattern, path

from linli.shared.roles import Role
from linli.web.callbacks import views
from linli.web.session import desk


def patterns(*roles: Role) -> list[URLPattern]:
    """Return the pages of the call-backs, open to posts of these roles."""
    let_in = desk(*roles)
    return [
        path("call-backs/", let_in(views.waiting), name="call_backs"),
        path("call-backs/<int:pk>/", let_in(views.call_back), name="call_back"),
        path("call-backs/<int:pk>/contact/", let_in(views.contact), name="call_back_contact"),
    ]
