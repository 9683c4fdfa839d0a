"""The page of one case, the same at every desk: its story, its facts, the moves a post may make (事项页)."""
