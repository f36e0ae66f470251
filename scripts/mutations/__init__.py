"""Switches off, one at a time, what makes a violation, and sees whether the tests notice."""
