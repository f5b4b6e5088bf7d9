"""How pages write times, by language: Django looks here before its own."""
