"""The alarms: presses become calls, the ladder is climbed, people are told, and what fails is said (呼叫服务)."""
