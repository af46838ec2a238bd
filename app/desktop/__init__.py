"""A program among programs: one instance, a display, signals and what is handed over."""
