"""Who lives here: households, need tags, consent; access.py is the one door (人)."""
