"""Tags and filters for the pages (模板标签)."""
