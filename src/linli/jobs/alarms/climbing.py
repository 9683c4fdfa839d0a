"""The ladder: go on with every call that is due, by a time that no jump of the wall clock upsets (继续通知)."""

import logging
from collections.abc import Callable

from linli.call import actions as calls
from linli.jobs.alarms.lookout import Sign
from linli.jobs.alarms.moments import Moments

log = logging.getLogger(__name__)


def climb(moments: Moments, sign: Sign, wake: Callable[[], None]) -> None:
    """Go on with what is due; after a jump of the clock that lasts, move what waits along with it first."""
    sign.show()
    jump = moments.settled()
    if jump is not None:
        log.warning("the clock jumped from %s to %s: what waits moves along", jump.before, jump.after)
        calls.shift_clock(before=jump.before, after=jump.after, lasted=jump.lasted)
        moments.believe(jump)
    if calls.climb_due(at=moments.now()):
        wake()
