"""What `make bench` measures: gitops-ci beside the script that a user would write, on this
machine.
"""
