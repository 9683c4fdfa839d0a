"""① An appeal as received from any channel, never edited (进)."""
