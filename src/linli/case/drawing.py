"""Draw the table of moves for people: the help page and the handbook show what the code does (流转图)."""

from linli.case.states import MOVES, STATE_LABELS, CaseState
from linli.shared.roles import ROLE_LABELS, Role

STATES = list(CaseState)
ROLES = list(Role)


def rows() -> list[dict[str, str]]:
    """Return each move with its states and roles in words, in the order of the table."""
    return [
        {
            "name": step.name,
            "label": step.label,
            "from": "、".join(STATE_LABELS[state] for state in sorted(step.sources, key=STATES.index)),
            "to": STATE_LABELS[step.target] if step.target else "（不变）",
            "who": "、".join(ROLE_LABELS[role] for role in sorted(step.roles, key=ROLES.index)),
            "reason": "要" if step.needs_reason else "",
            "told": "是" if step.resident_words else "",
        }
        for step in MOVES
    ]


def markdown() -> str:
    """Return the table of moves as a Markdown table."""
    lines = ["| move | 操作 | 从 | 到 | 谁可以 | 写原因 | 居民可见 |", "|---|---|---|---|---|---|---|"]
    lines += [
        f"| `{row['name']}` | "
        + " | ".join(row[column] for column in ("label", "from", "to", "who", "reason", "told"))
        + " |"
        for row in rows()
    ]
    return "\n".join(lines)


def diagram() -> str:
    """Return the moves that change the state as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> REGISTERED", "    [*] --> DISPATCHED"]
    for step in MOVES:
        if step.target is None:
            continue
        lines += [
            f"    {source} --> {step.target}: {step.label}"
            for source in sorted(step.sources, key=STATES.index)
            if source is not step.target
        ]
    return "\n".join(lines)
