"""Where a sub-task stands (子任务状态)."""

from enum import StrEnum


class TaskState(StrEnum):
    """What has become of a sub-task."""

    GIVEN = "GIVEN"
    DONE = "DONE"
    DROPPED = "DROPPED"


TASK_LABELS = {
    TaskState.GIVEN: "等完成",
    TaskState.DONE: "已完成",
    TaskState.DROPPED: "已取消",
}
