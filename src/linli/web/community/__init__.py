"""The desk of community and street workers: what burns, what came in, what waits for whom (社区工作台)."""
