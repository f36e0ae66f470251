"""Options and arguments that each declare their environment variable, and the sets that commands share."""

import os
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

PREFIX = "GITOPS_CI_"
Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")


class Lines(click.ParamType[str]):
    """Text; an environment variable holds one value a line, because click would split at blanks."""

    name = "text"

    def split_envvar_value(self, rv: str) -> list[str]:
        """Return the lines that are not blank."""
        return [line.strip() for line in rv.split("\n") if line.strip()]


class Duration(click.ParamType[float]):
    """A length of time in seconds: ``90``, ``90s``, ``2m``, ``1h30m``."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds, more than zero and at most a day."""
        if isinstance(value, int | float):
            return float(value)
        match = _DURATION.fullmatch(value.strip())
        hours, minutes, seconds = (float(part or 0) for part in match.groups()) if match else (0.0, 0.0, 0.0)
        total = hours * 3600 + minutes * 60 + seconds
        if not 0 < total <= 86400:
            self.fail(f"{value!r} is not a duration between 0 and a day; give for example 90, 90s, 2m or 1h30m", param, ctx)
        return total


def variable(name: str) -> str:
    """Return the environment variable of an option or argument."""
    return PREFIX + name.lstrip("-").replace("-", "_").upper()


def option(*names: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """Declare an option with its environment variable; repeatable ones hold one value a line there."""
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    if settings.get("multiple"):
        settings.setdefault("type", Lines())
    return click.option(*names, envvar=variable(long), show_envvar=True, **settings)


def argument(name: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """Declare an argument with its environment variable."""
    if settings.get("nargs") == -1:
        settings.setdefault("type", Lines())
    return click.argument(name, envvar=variable(name), **settings)


def together(*decorators: Callable[[Decorated], Decorated]) -> Callable[[Decorated], Decorated]:
    """Return one decorator that applies several, the first one on top."""

    def apply(command: Decorated) -> Decorated:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


output_options = together(
    option("--output", type=click.Choice(["text", "json"]), default="text", help="How the result is printed."),
    option("--result-file", metavar="FILE", help="Write the result there as JSON, on failure too."),
)

network_options = together(
    option("--timeout", type=Duration(), default="120s", show_default=True, help="Bound on the whole operation."),
    option("--ca-file", metavar="FILE", help="Certificates (PEM) to trust for Git and registries, beside the system's."),
)


def jenkins(name: str) -> str | None:
    """Return what Jenkins says of this build (BUILD_NUMBER, BUILD_URL, ...); an empty variable counts as not set."""
    return os.environ.get(name) or None
