"""Releases, made in repositories that hold the files of this one."""
