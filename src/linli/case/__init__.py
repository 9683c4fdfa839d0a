"""③ The work asked for, repeats merged; states.py is the only table of moves (案)."""
