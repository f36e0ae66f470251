"""The use cases, the only place where the adapters meet."""

from gitops_ci.delivery.deliver import deliver
from gitops_ci.delivery.place import Place

__all__ = ["Place", "deliver"]
