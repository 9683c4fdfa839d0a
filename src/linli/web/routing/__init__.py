"""Pages of the responsibility list: the rules, the dry run, the replay, the duty lists of communities."""
