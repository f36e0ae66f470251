"""Hostile input and secrets, from the command line."""
