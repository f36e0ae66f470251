"""What gitops.yaml of a generated history says, and what of it an oracle needs."""

import random
import time

from msgspec import Struct

ENVIRONMENTS = ("dev", "stage", "prod")
SOURCES = {"stage": "dev", "prod": "stage"}
APPS = ("shop", "cart", "mail")
SIGNERS_FILE = "keys/prod.allowed_signers"
CHECK = "tests"
HOUR = 3600
_DIGEST, _TAG, _OWN = "digest", "tag", "own repository"
_FORMS = {"shop": _DIGEST, "cart": _TAG, "mail": _OWN}
_IMAGES = {
    _DIGEST: '{repository: "%s", tag: image.tag, digest: image.digest}',
    _TAG: '{repository: "%s", tag: image.tag}',
    _OWN: "{tag: image.tag, digest: image.digest}",
}
_FROZEN_DAYS = (5, 6)  # Saturday and Sunday


class Rules(Struct, frozen=True):
    """The rules of a history; from ``distinct`` on they are those of prod.

    ``pattern`` has one entry for all applications, ``release`` puts stage and prod on a branch of
    their own; ``inherited``: releases ran before there were rules. ``soak`` is in hours.
    """

    apps: tuple[str, ...] = APPS[:1]
    pattern: bool = False
    release: bool = False
    inherited: bool = False
    distinct: bool = True
    soak: int = 0
    checks: bool = False
    freeze: bool = False
    signers: bool = False
    approvers: tuple[str, ...] = ("alice", "bob")

    def branch(self, environment: str) -> str:
        """Return the branch on which an environment lives."""
        return "release" if self.release and environment != "dev" else "main"

    @property
    def branches(self) -> tuple[str, ...]:
        return ("main", "release") if self.release else ("main",)

    def form(self, app: str) -> str:
        """Return which keys of a values file are managed."""
        return _DIGEST if self.pattern else _FORMS[app]

    def has_digest(self, app: str) -> bool:
        """Tell whether the digest stands in the values file."""
        return self.form(app) != _TAG

    def frozen(self, now: int) -> bool:
        """Tell whether nothing may be promoted to prod at a time in seconds since the epoch."""
        return self.freeze and time.gmtime(now).tm_wday in _FROZEN_DAYS

    def values(self, app: str, registry: str) -> str:
        """Return a values file without a release."""
        lines = ["# values of one environment", "replicas: 2", "image:"]
        if self.form(app) == _OWN:
            lines.append(f'  repository: "{registry}/{app}"')
        lines.append('  tag: ""')
        if self.has_digest(app):
            lines.append('  digest: ""')
        return "\n".join([*lines, ""])

    def text(self, registry: str) -> str:
        """Return gitops.yaml."""
        lines = ["version: 1", "apps:", *self._apps(registry), "environments:"]
        for name in ENVIRONMENTS:
            lines.append(f"  {name}: {{{', '.join(self._environment(name))}}}")
        return "\n".join([*lines, "people: {alice: [alice@example.com]}", ""])

    def _apps(self, registry: str) -> list[str]:
        if self.pattern:
            image = _IMAGES[_DIGEST] % f"{registry}/{{app}}"
            return [f'  "*": {{path: "apps/{{app}}", images: [{image}]}}']
        return [
            f"  {app}: {{path: apps/{app}, images: [{self._image(app, registry)}]}}"
            for app in self.apps
        ]

    def _image(self, app: str, registry: str) -> str:
        image = _IMAGES[self.form(app)]
        return image % f"{registry}/{app}" if "%s" in image else image

    def _environment(self, name: str) -> list[str]:
        words = [f"values: values-{name}.yaml"]
        if name in SOURCES:
            words.append(f"from: {SOURCES[name]}")
        if self.branch(name) != "main":
            words.append(f"branch: {self.branch(name)}")
        return words + (self._protection() if name == "prod" else [])

    def _protection(self) -> list[str]:
        distinct = ", distinct: true" if self.distinct else ""
        words = [f"approval: {{approvers: [{', '.join(self.approvers)}]{distinct}}}"]
        words += [f"soak: {self.soak}h"] if self.soak else []
        words += [f"checks: [{CHECK}]"] if self.checks else []
        if self.freeze:
            words.append('freeze: [{from: "Sat 00:00", to: "Mon 00:00", timezone: UTC}]')
        words += [f"signers: {SIGNERS_FILE}"] if self.signers else []
        return words


def random_rules(choose: random.Random, *, signers: bool) -> Rules:
    """Return the rules of a new history; whether it has ``signers`` is not left to chance: to sign
    and to verify takes time.
    """
    return Rules(
        apps=APPS[: choose.randint(1, len(APPS))],
        pattern=choose.random() < 0.3,
        release=choose.random() < 0.4,
        inherited=choose.random() < 0.4,
        distinct=choose.random() < 0.5,
        soak=choose.choice((0, 0, 2)),
        checks=choose.random() < 0.3,
        freeze=choose.random() < 0.3,
        signers=signers,
    )
