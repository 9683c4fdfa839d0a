"""The desk of those who look after the system: accounts, posts, role rules, need tags; the auditor's logs."""
