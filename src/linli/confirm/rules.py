"""The five steps of a rating."""

RATING_LABELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
SATISFIED_MIN = 4  # domain.md §3: very satisfied and satisfied count
