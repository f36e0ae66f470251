"""The promotion job as a value: its definition, the XML that Jenkins stores, and what two such
documents mean.
"""
