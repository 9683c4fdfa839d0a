"""Where something asked of an outside body stands."""

from enum import StrEnum


class AskedState(StrEnum):
    """What an outside body has answered (答复状态)."""

    ASKED = "ASKED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    DONE = "DONE"
    RELEASED = "RELEASED"


ASKED_LABELS = {
    AskedState.ASKED: "等答复",
    AskedState.ACCEPTED: "已接下",
    AskedState.DECLINED: "不接",
    AskedState.DONE: "已办好",
    AskedState.RELEASED: "不再等",
}
OPEN = (AskedState.ASKED, AskedState.ACCEPTED)
# The moves of a desk on something asked; each needs one that is still open.
DESK_MOVES = ("resend_outside", "extend_outside", "revoke_outside", "release_outside")
