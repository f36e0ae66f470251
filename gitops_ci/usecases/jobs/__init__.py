"""The use cases of ``jobs``: the promotion job on a controller, its builds, and the approvals that
they wait for.
"""
