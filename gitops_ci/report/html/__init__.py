"""The report that people look at: a folder of pages that render without scripts, under the policy
Jenkins serves them with.
"""
