"""⑤ Who does what by when; joint work, extensions (办)."""
