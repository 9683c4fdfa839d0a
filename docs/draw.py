"""Draw what the code defines into the pages: ``make docs``."""

import re
import sys
from pathlib import Path

FLOW = Path(__file__).parent / "flow" / "03-case.md"
BETWEEN = re.compile(r"(<!-- moves: drawn by `make docs` -->\n).*?(<!-- end of moves -->)", re.DOTALL)


def drawn(page: str) -> str:
    """Return the page with the table of moves and its diagram as they are in the code."""
    from linli.case.drawing import diagram, markdown  # noqa: PLC0415 -- only when drawing

    words = f"\n{markdown()}\n\n```mermaid\n{diagram()}\n```\n\n"
    return BETWEEN.sub(lambda match: match.group(1) + words + match.group(2), page)


if __name__ == "__main__":
    page = FLOW.read_text(encoding="utf-8")
    FLOW.write_text(drawn(page), encoding="utf-8")
    sys.stdout.write(f"{FLOW}\n")
