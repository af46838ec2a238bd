"""Copies to a phone, a stick or a card: choices, the plan, and what comes of it."""
