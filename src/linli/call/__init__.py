"""Field work: a press of a bracelet becomes a call that somebody answers, attends and closes (一键呼)."""
