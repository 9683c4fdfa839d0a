"""The desk of a grid worker: the cases of one's own grid, on a phone with one thumb (网格工作台)."""
