"""Where an operation happens: the GitOps repository, the registries and Argo CD, and how they are
reached.
"""

import msgspec

from gitops_ci.adapters.git import GitCredentials
from gitops_ci.adapters.registry import RegistrySettings

# levels fetched with the head: the root and apps/, where most repositories keep their applications
USUAL_DEPTH = 2


class ArgocdOptions(msgspec.Struct, frozen=True):
    """What the command line says of Argo CD; the token is read where it is needed."""

    server: str | None = None
    insecure: bool = False


class RepositoryLocation(msgspec.Struct, frozen=True):
    """``branch`` is the policy branch (None: the one that HEAD names); ``config_file`` a local
    gitops.yaml for dry runs.

    ``warned`` are the warnings that a run has given of its servers: each application asks for its
    server again, and would repeat them.
    """

    url: str
    credentials: GitCredentials | None
    registry: RegistrySettings
    branch: str | None = None
    ca_file: str | None = None
    config_file: str | None = None
    argocd: ArgocdOptions = ArgocdOptions()
    warned: set[str] = msgspec.field(default_factory=set)
