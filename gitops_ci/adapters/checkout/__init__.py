"""Git work trees on this machine: the source and its history, and the repository that `init`
makes.
"""
