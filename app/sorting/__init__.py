"""From the library to where people listen: the filter line, lists, and copies to phones, sticks and cards."""
