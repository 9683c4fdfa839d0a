"""The list every desk uses: pages by key, filters, sorts, exports, opens rows beside itself (列表).

A list is declared once and asked per request; it costs one statement for the rows and at most one bounded count.
Everything it shows is in the address bar. It works without script; with script a row opens in the side panel.
"""

from linli.web.lists.answering import List
from linli.web.lists.cells import due_cell, moment_cell, state_cell
from linli.web.lists.declared import Column, Filter, Together
from linli.web.lists.page import Page, page_of

__all__ = ["Column", "Filter", "List", "Page", "Together", "due_cell", "moment_cell", "page_of", "state_cell"]
