"""``gitops.yaml``: applications, environments and their policies as frozen values.

The values are imported at every start, their ``reader`` (with the YAML parser) only while a server
is being waited for.
"""

from gitops_ci.model.config import App, Approval, Config, Environment, Freeze, ImageKeys, Route

__all__ = ["App", "Approval", "Config", "Environment", "Freeze", "ImageKeys", "Route"]
