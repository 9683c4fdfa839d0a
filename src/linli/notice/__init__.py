"""Who is told what, by which way, and whether it arrived; read from the events of cases (告)."""
