"""Understanding Chinese: category, address, near-duplicates, the sensitive-words guard (文)."""
