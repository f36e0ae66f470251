"""Options as typed values: a class declares them, the command line and the environment fill
them.
"""

import inspect
import os
import re
from collections.abc import Callable, Iterator, Sequence
from types import NoneType
from typing import (
    Any,
    ClassVar,
    Literal,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import click

from gitops_ci.base import interrupts

PREFIX = "GITOPS_CI_"

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")


class LinesParam(click.ParamType[str]):
    """Text; an environment variable holds one value a line, because click would split at blanks."""

    name = "text"

    def split_envvar_value(self, rv: str) -> list[str]:
        """Return the lines that are not blank."""
        return [line.strip() for line in rv.split("\n") if line.strip()]


class Duration(click.ParamType[float]):
    """A length of time in seconds: ``90``, ``90s``, ``2m``, ``1h30m``."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds, more than zero and at most a day."""
        if isinstance(value, int | float):
            return float(value)
        match = _DURATION.fullmatch(value.strip())
        hours, minutes, seconds = (
            (float(part or 0) for part in match.groups()) if match else (0.0, 0.0, 0.0)
        )
        total = hours * 3600 + minutes * 60 + seconds
        if not 0 < total <= 86400:
            self.fail(
                f"{value!r} is not a duration between 0 and a day; give for example 90, "
                "90s, 2m or 1h30m",
                param,
                ctx,
            )
        return total


Declaration = Callable[[str, Any], click.Parameter]  # field, type -> parameter


def variable(name: str) -> str:
    """Return the environment variable of an option or argument."""
    return PREFIX + name.lstrip("-").replace("-", "_").upper()


def option(text: str, metavar: str | None = None, *, name: str = "", **settings: Any) -> Any:
    """Declare a field as an option; ``text`` is its help, ``name`` its spelling where that is not
    the field's.
    """

    def declare(field: str, kind: Any) -> click.Parameter:
        spelled = name or f"--{field.replace('_', '-')}"
        given = {"metavar": metavar, **_settings(kind, several={"multiple": True}), **settings}
        if "default" in settings:
            given = {"show_default": True, **given, "required": False}
        return click.Option(
            [spelled, field], help=text, envvar=variable(spelled), show_envvar=True, **given
        )

    return declare


def argument(metavar: str | None = None, *, required: bool = True) -> Any:
    """Declare a field as an argument."""

    def declare(field: str, kind: Any) -> click.Parameter:
        given = _settings(kind, several={"nargs": -1, "required": required})
        return click.Argument([field], metavar=metavar, envvar=variable(field), **given)

    return declare


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(option, argument))
class OptionSet:
    """Options that a command takes together, in the order of its help.

    A field that is declared with ``option`` or ``argument`` is a parameter of the command line, and
    its type says how it is given there: ``bool`` is a flag, a tuple repeatable, a ``Literal`` a
    choice, ``float`` a length of time in seconds, what may be None optional; anything else is
    required unless it has a default. A field whose type is another set stands for the options of
    that set; any other field keeps its default. No msgspec and no dataclass: help has to come
    without loading the one, and the other costs half a millisecond at every start.
    """

    fields: ClassVar[
        tuple[tuple[str, Any, Declaration | None], ...]
    ] = ()  # None: the type is a set

    def __init_subclass__(cls) -> None:
        cls.fields = tuple(_fields(cls))

    def __init__(self, **values: object) -> None:
        missing = {field for field, _, _ in self.fields} - values.keys()
        if missing:  # mypy sees no more of what several sets share than that it has some value
            raise TypeError(f"{type(self).__name__} needs {', '.join(sorted(missing))}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is read-only")


def _fields(options: type[OptionSet]) -> Iterator[tuple[str, Any, Declaration | None]]:
    """Yield the fields that the command line fills."""
    for field, kind in get_type_hints(options).items():
        declaration = getattr(options, field, None)
        if callable(declaration):
            yield field, kind, declaration
        elif isinstance(kind, type) and issubclass(kind, OptionSet):
            yield field, kind, None


Options = TypeVar("Options", bound=OptionSet)


def _settings(kind: Any, several: dict[str, Any]) -> dict[str, Any]:
    """Return what a type says of a parameter."""
    if kind is bool:
        return {"is_flag": True}
    if get_origin(kind) is tuple:
        return {"type": LinesParam(), **several}
    optional = NoneType in get_args(kind)
    plain = get_args(kind)[0] if optional else kind
    required: dict[str, Any] = {"required": not optional}
    if get_origin(plain) is Literal:
        return {"type": click.Choice(get_args(plain)), **required}
    return {"type": Duration(), **required} if plain is float else required


def command(
    name: str, options: type[Options], group: click.Group | None = None
) -> Callable[[Callable[[Options], int | None]], click.Command]:
    """Make a command of a function that takes an option set; its docstring is the help."""

    def make(run: Callable[[Options], int | None]) -> click.Command:
        def bounded(**values: Any) -> int | None:
            if "timeout" in values:
                interrupts.end_within(values["timeout"])
            return run(_filled(options, values))

        click_command = click.Command(
            name,
            callback=bounded,
            params=list(parameters(options)),
            help=inspect.cleandoc(run.__doc__ or ""),
        )
        if group:
            group.add_command(click_command)
        return click_command

    return make


def read_leniently(options: type[Options], arguments: Sequence[str]) -> Options:
    """Read a set wherever its options stand among others; what is wrong or missing becomes None.

    For a command line that click has refused: at its first mistake it forgets what came before and
    after.
    """
    lenient = click.Command("", params=list(parameters(options)), add_help_option=False)
    context = lenient.make_context(
        "",
        [word for word in arguments if word != "--"],  # it may be the mistake
        resilient_parsing=True,
        ignore_unknown_options=True,
        allow_extra_args=True,
    )
    return _filled(options, context.params)


def parameters(options: type[OptionSet]) -> Iterator[click.Parameter]:
    """Yield the parameters of a set, those of the sets in it among them."""
    for field, kind, declaration in options.fields:
        if declaration:
            yield declaration(field.rstrip("_"), kind)
        else:
            yield from parameters(kind)


def _filled(options: type[Options], values: dict[str, Any]) -> Options:
    return options(
        **{
            field: values[field.rstrip("_")] if declaration else _filled(kind, values)
            for field, kind, declaration in options.fields
        }
    )


# what several commands take
APPS: Any = argument(required=False)
ENVIRONMENTS: Any = option("This environment only (repeatable).", "ENV")
ALL: Any = option("Every application that has a values file there.")
BRANCH: Any = option("The branch with gitops.yaml; default: the one that HEAD names.", "BRANCH")
CONFIG: Any = option("A local gitops.yaml instead.", "FILE")
PLAIN_HTTP: Any = option("A registry that may be asked without TLS (repeatable).", "HOST[:PORT]")
TIMEOUT: Any = option("Bound on the whole operation.", default="120s")
CA_FILE: Any = option(
    "Certificates (PEM) to trust for Git and registries, beside the system's.", "FILE"
)
FORMAT: Any = option(
    "How the result is printed.", name="--output", default="text", show_default=None
)
RESULT_FILE: Any = option("Write the result there as JSON, on failure too.", "FILE")
Engine = Literal["docker", "podman", "buildah"]


class RepositoryOptions(OptionSet):
    """The GitOps repository; ``config`` and ``plain_http`` where a command has them."""

    repo: str = option("The GitOps repository.", "URL|PATH")
    branch: str | None = BRANCH
    config: str | None = None
    plain_http: tuple[str, ...] = ()


class PolicyOptions(RepositoryOptions):
    """The same, with another gitops.yaml."""

    config: str | None = CONFIG


class RegistryOptions(PolicyOptions):
    """The same, where registries are asked too."""

    plain_http: tuple[str, ...] = PLAIN_HTTP


class NetworkOptions(OptionSet):
    """How long it may take (seconds), and which certificates count."""

    timeout: float = TIMEOUT
    ca_file: str | None = CA_FILE


class OutputOptions(OptionSet):
    """How the result is printed, and the file that gets it as JSON."""

    format: Literal["text", "json"] = FORMAT
    result_file: str | None = RESULT_FILE


class MarkdownOptions(OptionSet):
    """The same, with Markdown."""

    format: Literal["text", "json", "markdown"] = FORMAT
    result_file: str | None = RESULT_FILE


class CsvOptions(OptionSet):
    """The same, with CSV."""

    format: Literal["text", "json", "csv"] = FORMAT
    result_file: str | None = RESULT_FILE


def jenkins(name: str) -> str | None:
    """Return what Jenkins says of this build (BUILD_NUMBER, BUILD_URL, ...); an empty variable
    counts as not set.
    """
    return os.environ.get(name) or None
