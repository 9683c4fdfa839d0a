"""The bell of a post, and the administrator's pages of notices, gateways and subscribers (通知)."""
