"""Call-backs at a desk: who is to be asked by when, and the form for what they said (回访)."""
