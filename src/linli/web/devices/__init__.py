"""Devices: register, hand out, swap, take back, tasks, the monthly test, and how soon calls were answered (设备)."""
