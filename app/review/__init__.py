"""Deciding quickly: the review page."""
