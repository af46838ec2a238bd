"""From what is asked of the library to ids in their order."""
