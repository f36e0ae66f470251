"""Image build engines: docker, podman and buildah behind three functions."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gitops_ci.adapters.container_engines.login import engine_environment
from gitops_ci.adapters.container_engines.process import FinishedEngine, run
from gitops_ci.base import temporary
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import ImageError, UnavailableError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.model.image_reference import DIGEST, ImageReference
from gitops_ci.model.registry_names import split_host
from gitops_ci.model.registry_settings import RegistrySettings

ENGINES = ("docker", "podman", "buildah")
_CHECK = 20.0  # seconds; a daemon that is up answers at once
_PUSHED = re.compile(r"\bdigest: (sha256:[0-9a-f]{64})\b")  # docker push's last line
# a build argument reaches the engine as a variable of the same name, which must not steer the
# engine itself
_RESERVED = re.compile(
    r"PATH|HOME|TMPDIR|XDG_.*|LD_.*|DOCKER_(HOST|CONFIG|CONTEXT|CERT_PATH|TLS.*|BUILDKIT)|REGISTRY_AUTH_FILE|"
    r"(BUILDAH|CONTAINERS?|STORAGE|PODMAN|BUILDKIT|BUILDX|GITOPS_CI)_.*"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Engine(msgspec.Struct, frozen=True):
    """An engine that works here; ``options`` stand before its subcommand."""

    name: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """What to build: ``context`` and ``file`` are paths on disk, ``options`` go to the engine's
    build command as they are.
    """

    reference: ImageReference
    context: Path
    file: Path | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict, repr=False)
    platform: str | None = None
    target: str | None = None
    options: tuple[str, ...] = ()


def find(name: str | None, options: tuple[str, ...], deadline: Deadline) -> Engine:
    """Return the engine asked for, or the first one that works; raises ImageError where there is
    none.
    """
    problems = []
    for candidate in (name,) if name else ENGINES:
        engine = Engine(candidate, options)
        problem = _problem(engine, deadline)
        if not problem:
            return engine
        problems.append(f"{candidate}: {problem}")
    raise ImageError(
        f"no image can be built here ({'; '.join(problems)})",
        remedy="install docker, podman or buildah, start the Docker daemon, or record an image of "
        "another tool with --pushed",
    )


def check_arguments(arguments: Mapping[str, str]) -> None:
    """Raise UsageError for a build argument whose name is none, or would steer the engine."""
    for name in arguments:
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"--build-arg: {one_line(name)!r} is not a name", remedy="give NAME=VALUE"
            )
        if _RESERVED.fullmatch(name):
            raise UsageError(
                f"--build-arg {name} would change how the engine itself works",
                remedy="give it another name",
            )


def build(engine: Engine, recipe: Recipe, settings: RegistrySettings, deadline: Deadline) -> None:
    """Build an image; raises ImageError with the engine's last words when that fails."""
    check_arguments(recipe.arguments)
    command = [
        engine.name,
        *engine.options,
        "bud" if engine.name == "buildah" else "build",
        "--tag",
        str(recipe.reference),
    ]
    command += ["--file", str(recipe.file)] if recipe.file else []
    for key, value in recipe.labels.items():
        command += ["--label", f"{key}={value}"]
    for key in recipe.arguments:
        # without value: it comes from the environment, which others can't read
        command += ["--build-arg", key]
    command += ["--platform", recipe.platform] if recipe.platform else []
    command += ["--target", recipe.target] if recipe.target else []
    with (
        engine_environment(recipe.reference, settings) as environ,
        _tls(engine, recipe.reference, settings) as tls,
    ):
        command += [*tls, *recipe.options, "--", str(recipe.context)]
        ended = run(command, {**environ, **recipe.arguments}, deadline)
    if ended.timed_out:
        raise ImageError(
            f"the build of {recipe.reference} did not end in time", remedy="raise --timeout"
        )
    if ended.code != 0:
        raise ImageError(
            f"{engine.name} could not build {recipe.reference} (exit code "
            f"{ended.code}):\n{ended.last_words}",
            remedy="see the engine's output above",
        )


def push(
    engine: Engine, reference: ImageReference, settings: RegistrySettings, deadline: Deadline
) -> str | None:
    """Push an image and return the digest that the engine says it has at the registry, if it says
    one.

    Raises ImageError when the registry refuses it, UnavailableError when it can't be reached or is
    overloaded.
    """
    with temporary.folder("push") as folder:
        digest_file = folder / "digest"
        command = [engine.name, *engine.options, "push"]
        command += [] if engine.name == "docker" else ["--digestfile", str(digest_file)]
        with (
            engine_environment(reference, settings) as environ,
            _tls(engine, reference, settings) as tls,
        ):
            ended = run([*command, *tls, "--", str(reference)], environ, deadline)
        if ended.timed_out or ended.code != 0:
            raise _not_pushed(engine, reference, ended)
        stated = digest_file.read_text().strip() if digest_file.exists() else ""
    if DIGEST.fullmatch(stated):
        return stated
    digests = _PUSHED.findall(ended.output)
    return digests[-1] if digests else None


@contextmanager
def _tls(
    engine: Engine, reference: ImageReference, settings: RegistrySettings
) -> Iterator[list[str]]:
    """Give the options for plain HTTP where the user named the host, and for ``--ca-file``;
    docker's daemon has its own.
    """
    if engine.name == "docker":
        yield []
    elif settings.on_plain_http(split_host(reference.repository)[0]):
        yield ["--tls-verify=false"]
    elif settings.ca_file:
        with temporary.folder("ca") as folder:
            shutil.copyfile(settings.ca_file, folder / "ca.crt")
            yield ["--cert-dir", str(folder)]
    else:
        yield []


def _problem(engine: Engine, deadline: Deadline) -> str:
    """Return why an engine can't be used; empty when it can."""
    if not shutil.which(engine.name):
        return "not installed"
    arguments = (
        ["version", "--format", "{{.Server.Version}}"] if engine.name == "docker" else ["--version"]
    )
    soon = Deadline.after(max(0.1, min(_CHECK, deadline.remaining())))
    ended = run([engine.name, *engine.options, *arguments], None, soon, quiet=True)
    if ended.timed_out:
        return f"{engine.name} does not answer"
    return one_line(ended.last_words[-300:]) or f"exit code {ended.code}" if ended.code != 0 else ""


_DENIED = re.compile(
    r"unauthorized|denied|authentication required|no basic auth|forbidden|insufficient_scope"
)
_UNTRUSTED = re.compile(r"http response to https client|certificate")
_PASSING = re.compile(
    r"connection refused|no such host|time(d )?out|connection reset|too many "
    r"requests|\beof\b|unavailable|bad gateway"
    r"|internal server error|server misbehaving|network is unreachable"
)


def _not_pushed(
    engine: Engine, reference: ImageReference, ended: FinishedEngine
) -> ImageError | UnavailableError:
    """Translate a failed push by the words of the engine: they have no exit codes for it."""
    if ended.timed_out:
        return UnavailableError(
            f"the push of {reference} did not end in time", remedy="try again, or raise --timeout"
        )
    words = ended.last_words.lower()
    message = (
        f"{engine.name} could not push {reference} (exit code {ended.code}):\n{ended.last_words}"
    )
    if _DENIED.search(words):
        return ImageError(message, remedy="check the login and its right to push there")
    if _UNTRUSTED.search(words):
        return ImageError(
            message,
            remedy="docker: see insecure-registries and certs.d; podman and buildah: --plain-http "
            "HOST:PORT",
        )
    if _PASSING.search(words):
        return UnavailableError(message, remedy="try again when the registry is reachable")
    return ImageError(message, remedy="see the engine's output above")
