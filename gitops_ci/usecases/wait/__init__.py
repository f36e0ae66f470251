"""Waiting until Argo CD runs a release: what exactly is waited for, and following each application
until it is so.
"""
