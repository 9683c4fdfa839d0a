"""Who answers for what: from category, place and time to a unit, and what communities are there for (责)."""
