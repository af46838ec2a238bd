"""The library's own files put into folders: choices, the plan as a table, and what comes of it."""
