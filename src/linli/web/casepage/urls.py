"""Addresses of a case at a desk; a desk includes them under its own name and roles."""

from django.urls import URLPattern, path

from linli.shared.roles import Role
from linli.web.casepage import downloads, finding, register, together, views
from linli.web.casepage.paper import paper
from linli.web.session import desk


def patterns(*roles: Role) -> list[URLPattern]:
    """Return the pages of a case and of finding one, open to posts of these roles."""
    let_in = desk(*roles)
    return [
        path("find/", let_in(finding.find), name="find"),
        path("together/", let_in(together.prepare), name="together"),
        path("together/done/", let_in(together.done), name="together_done"),
        path("cases/<int:pk>/", let_in(views.page), name="case"),
        path("cases/<int:pk>/files/<uuid:file_id>/", let_in(downloads.download), name="file"),
        path("cases/<int:pk>/pdf/", let_in(paper), name="paper"),
        path("cases/<int:pk>/contact/", let_in(views.contact), name="contact"),
        path("cases/<int:pk>/layer.json", let_in(views.layer), name="layer"),
        path("cases/<int:pk>/units/", let_in(views.units), name="units"),
        path("cases/<int:pk>/moves/<slug:name>/", let_in(views.move), name="move"),
        path("cases/<int:pk>/moves/<slug:name>/preview/", let_in(views.preview), name="preview"),
    ]


def register_patterns(*roles: Role) -> list[URLPattern]:
    """Return the pages on which these roles write down an appeal for a resident."""
    let_in = desk(*roles)
    return [
        path("register/", let_in(register.register), name="register"),
        path("register/listening/", let_in(register.listening), name="listening"),
        path("register/nearby/", let_in(register.nearby), name="nearby"),
        path("register/layer.json", let_in(register.area_layer), name="area_layer"),
    ]
