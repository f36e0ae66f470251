"""The configuration as frozen values, with every default filled in."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from gitops_ci.base.errors import UsageError
from gitops_ci.model.key_path import KeyPath
from gitops_ci.model.names import check_app, check_environment, fill, nearest
from gitops_ci.model.paths import join
from gitops_ci.model.required_version import NONE, Version

ANY_APP = "*"
DEFAULT = "default"  # in a map of repositories: every environment that it does not name


class _Repositories(msgspec.Struct, frozen=True, kw_only=True):
    """``repositories`` maps environments, or `DEFAULT` for all others, to templates of an image's
    repository.
    """

    repositories: Mapping[str, str] = {}

    def repository_in(self, app: str, environment: str) -> str | None:
        """Return the repository that the configuration names for an application in an
        environment.
        """
        template = self.repositories.get(environment) or self.repositories.get(DEFAULT)
        return fill(template, app=app.lower(), env=environment) if template else None


class TagKeys(_Repositories, frozen=True):
    """Where tag and digest of one image stand in a values file.

    Where no repository is configured it is read from the key ``repository`` beside the tag, with
    the ``registry`` that some charts keep apart. Where one is, these keys must not say another one:
    the image that runs is what they say. ``digest_if_present``: write the digest only where its key
    exists. ``digest_found``: the configuration names none, and this is the key beside the tag.
    """

    tag: KeyPath
    digest: KeyPath | None
    repository: KeyPath
    registry: KeyPath
    digest_if_present: bool = False
    digest_found: bool = False

    @property
    def required(self) -> KeyPath:
        """Return the key without which the file names no release."""
        return self.tag

    @property
    def edited(self) -> tuple[KeyPath, ...]:
        """Return the keys that an operation writes."""
        return (self.tag, self.digest) if self.digest else (self.tag,)

    @property
    def repository_keys(self) -> tuple[KeyPath, ...]:
        """Return the keys that name the repository alone."""
        return (self.repository, self.registry)


class ReferenceKey(_Repositories, frozen=True):
    """Where the whole reference of one image stands in a values file."""

    reference: KeyPath
    repository_keys: ClassVar[tuple[KeyPath, ...]] = ()

    @property
    def required(self) -> KeyPath:
        """Return the key without which the file names no release."""
        return self.reference

    @property
    def edited(self) -> tuple[KeyPath, ...]:
        """Return the keys that an operation writes."""
        return (self.reference,)


ImageKeys = TagKeys | ReferenceKey


class App(msgspec.Struct, frozen=True):
    """One application: its folder in the repository ('' is the root), its images, and the URL that
    compares two revisions.

    ``compare`` is a template with ``{from}`` and ``{to}`` for source revisions.
    """

    name: str
    path: str
    images: tuple[ImageKeys, ...]
    compare: str | None = None


class Approval(msgspec.Struct, frozen=True):
    """``approvers`` None means anyone; ``distinct_authors``: nor an author of the source revision.

    ``unknown_authors`` (allow, refuse) is about releases whose authors nobody recorded;
    ``rollback``: one needs it too.
    """

    approvers: tuple[str, ...] | None
    distinct_requester: bool
    distinct_authors: bool
    reason: bool = False
    unknown_authors: str = "allow"
    rollback: bool = True


class Freeze(msgspec.Struct, frozen=True):
    """A time in which nothing is promoted: ``since`` and ``until`` as written, weekly (``Fri
    16:00``) or dated.

    ``timezone`` is a name of the IANA database.
    """

    since: str
    until: str
    timezone: str
    reason: str | None = None


class Route(msgspec.Struct, frozen=True):
    """Which ref of the source repository feeds an environment: a ``branch`` or a ``tag``, with
    ``*`` and ``?`` for any text.
    """

    environment: str
    branch: str | None
    tag: str | None


class ArgocdPlace(msgspec.Struct, frozen=True):
    """Where Argo CD is and how it calls an environment's applications; all but ``server`` and
    ``repository`` are templates.

    ``application_namespace`` is that of the Application itself, ``namespace`` where it deploys to.
    ``parent`` makes the application, in an app of apps. ``repository`` is the URL by which Argo CD
    knows the GitOps repository. ``stable``: for how many seconds it has to stay as it is, None
    where nothing is said.
    """

    server: str | None = None
    application: str = "{app}-{env}"
    application_namespace: str | None = None
    namespace: str = "{env}"
    project: str | None = None
    parent: str | None = None
    repository: str | None = None
    allow_out_of_sync: bool = False
    stable: int | None = None

    def named(self, template: str | None, app: str, environment: str) -> str | None:
        return fill(template, app=app, env=environment) if template else None


class Environment(msgspec.Struct, frozen=True):
    """One environment and its policy.

    ``policy`` is the SHA-256 of the policy as configured, without what is not set; ``first_policy``
    the one that version 0.1 made of it. ``settings`` are those of gates by key: each gate reads its
    own (``Setting.of``). ``tag`` is the template of the Git tag that publishes the environment;
    ``signers`` the file of those whose signed commits may change it.
    """

    name: str
    values: str
    source: str | None
    branch: str | None
    verify_digest: str
    approval: Approval | None
    override: Mapping[str, tuple[str, ...]]
    policy: str
    settings: Mapping[str, Any] = {}
    tag: str | None = None
    signers: str | None = None
    argocd_place: ArgocdPlace = ArgocdPlace()
    first_policy: str = ""

    def branch_on(self, policy_branch: str) -> str:
        """Return the branch on which it lives: its own, else the one that has gitops.yaml."""
        return self.branch or policy_branch


class Jenkins(msgspec.Struct, frozen=True):
    """The promotion job on a Jenkins controller: ``path`` is its folders and name, the rest what
    its pipeline gets.

    ``library`` None is the one of this version; ``repo`` None the address under which the
    repository was read. ``credentials`` has an id, or a kind with an id, for ``git``, ``registry``
    and ``argocd``; ``keep`` is a number of builds.
    """

    path: tuple[str, ...] = ("gitops", "promote")
    url: str | None = None
    library: str | None = None
    repo: str | None = None
    credentials: Mapping[str, str | Mapping[str, str]] = {}
    label: str | None = None
    approval: Mapping[str, Any] = {}
    keep: int = 100
    lock: bool | str = False
    wait: bool = False
    skip_ci: bool = False
    plain_http: tuple[str, ...] = ()
    ca_file: str | None = None
    timeout: str | None = None
    tool: Mapping[str, str] = {}


class Config(msgspec.Struct, frozen=True):
    """All applications and environments; ``implicit`` when the repository has no gitops.yaml.

    ``requires`` is the oldest version of the program that may read it.
    """

    apps: Mapping[str, App]
    pattern: App | None
    environments: Mapping[str, Environment]
    people: Mapping[str, tuple[str, ...]]
    implicit: bool = False
    routes: tuple[Route, ...] = ()
    jenkins: Jenkins = Jenkins()
    requires: Version = NONE

    def app(self, name: str) -> App | None:
        """Return an application by name, or as the pattern "*" makes it; raises UsageError for what
        is no name.
        """
        if name in self.apps:
            return self.apps[name]
        if self.pattern is None:
            return None
        return App(
            check_app(name),
            fill(self.pattern.path, app=name),
            self.pattern.images,
            self.pattern.compare,
        )

    def require_app(self, name: str) -> App:
        """Return an application by name; raises UsageError with a suggestion."""
        app = self.app(check_app(name))
        if app is None:
            remedy = nearest(name, list(self.apps))
            raise UsageError(f"there is no application {name}", remedy=remedy)
        return app

    def require_environment(self, name: str) -> Environment:
        """Return an environment by name; raises UsageError with a suggestion."""
        check_environment(name)
        if name not in self.environments:
            remedy = nearest(name, list(self.environments))
            raise UsageError(f"there is no environment {name}", remedy=remedy)
        return self.environments[name]

    def before(self, environment: Environment) -> Environment | None:
        """Return the environment that has to have run what comes to this one (``from:``)."""
        return self.environments[environment.source] if environment.source else None

    def values_file(self, app: App, environment: Environment) -> str:
        """Return the path of the values file from the repository's root."""
        name = fill(environment.values, app=app.name, env=environment.name)
        return join(fill(app.path, env=environment.name), name)

    def sources_of(self, environment: str) -> tuple[str, ...]:
        """Return the environments from which releases reach this one, the nearest first."""
        found: list[str] = []
        source = self.environments[environment].source
        while source:
            found.append(source)
            source = self.environments[source].source
        return tuple(found)
