"""Views of lists, kept by a post for itself or for its unit (视图)."""
