"""Argo CD's API server: asks for applications, and starts a sync where that is wanted."""

from gitops_ci.adapters.argocd.address import Server, parse_server
from gitops_ci.adapters.argocd.client import Access, Application, Argocd
from gitops_ci.adapters.argocd.failures import (
    AbsentError,
    ArgocdError,
    BusyError,
    HiddenError,
    LoginError,
    NoAnswerError,
    NotArgocdError,
    SyncWindowError,
)

__all__ = [
    "AbsentError",
    "Access",
    "Application",
    "Argocd",
    "ArgocdError",
    "BusyError",
    "HiddenError",
    "LoginError",
    "NoAnswerError",
    "NotArgocdError",
    "Server",
    "SyncWindowError",
    "parse_server",
]
