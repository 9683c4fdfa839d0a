"""Pages, one folder per desk: resident grid community department district."""
