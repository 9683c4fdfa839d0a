"""Logging in and out, second factor, choosing a post."""
