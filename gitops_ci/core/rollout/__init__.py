"""Pure: what an Application document of Argo CD says of one release: it runs, it is on its way, or
why it will not arrive.
"""
