"""Commits, tags and signatures, newest first or oldest first."""
