"""The audit: reads the history, has it replayed, and asks Git and the registries what only they can
tell.
"""
