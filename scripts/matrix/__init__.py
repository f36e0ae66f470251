"""Runs a part of the tests with other Pythons, other Gits, and the oldest and the newest versions
of the libraries.
"""
