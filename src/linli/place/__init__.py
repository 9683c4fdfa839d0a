"""Where: street, community, grid, building; address → grid (地)."""
