"""The pages, each one function: read, say what is missing, draw."""
