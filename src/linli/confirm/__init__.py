"""⑥ The resident confirms, rates, or sends it back (评)."""
