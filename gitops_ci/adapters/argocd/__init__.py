"""Argo CD's API server: asks for applications, and starts a sync where that is wanted."""

from gitops_ci.adapters.argocd.address import ArgocdServer, parse_server
from gitops_ci.adapters.argocd.client import Access, ApplicationName, Argocd
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
    "ApplicationName",
    "Argocd",
    "ArgocdError",
    "ArgocdServer",
    "BusyError",
    "HiddenError",
    "LoginError",
    "NoAnswerError",
    "NotArgocdError",
    "SyncWindowError",
    "parse_server",
]
