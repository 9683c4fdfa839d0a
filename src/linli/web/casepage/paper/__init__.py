"""A case as PDF, ready to be printed, with the letters it needs inside (纸质件)."""

from linli.web.casepage.paper.making import pdf_of
from linli.web.casepage.paper.views import paper

__all__ = ["paper", "pdf_of"]
