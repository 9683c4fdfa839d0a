"""⑧ Sheets filled once, dashboards, the three rates (报)."""
