"""The alarm that fills a screen until somebody comes, the page of a call, calls past, visits (呼叫)."""
