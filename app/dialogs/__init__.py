"""Questions and pages of their own: writing, history, help, tables and saving."""
