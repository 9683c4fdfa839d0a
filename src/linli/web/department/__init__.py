"""The desk of a department: to report in, in hand, waiting for others; nothing else (部门工作台)."""
