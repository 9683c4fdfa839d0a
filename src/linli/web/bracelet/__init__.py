"""A virtual bracelet that anybody may press, in a demo only (演示手环)."""
