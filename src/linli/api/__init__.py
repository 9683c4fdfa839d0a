"""Machine doors: 12345 hotline, Open311, field-app sync."""
