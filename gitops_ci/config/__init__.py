"""``gitops.yaml``: applications, environments and their policies as frozen values."""

from gitops_ci.config.model import App, Approval, Config, Environment, ImageKeys
from gitops_ci.config.read import FILE, implicit, read

__all__ = ["FILE", "App", "Approval", "Config", "Environment", "ImageKeys", "implicit", "read"]
