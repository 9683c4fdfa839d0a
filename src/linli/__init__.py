"""Linli 邻里: every need becomes one tracked case and comes back to the resident."""
