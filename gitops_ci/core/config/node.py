"""A place in ``gitops.yaml``: what is checked there gets the file's line into its error."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from gitops_ci import __version__
from gitops_ci.base.errors import ConfigError, GitopsError
from gitops_ci.core.config import schema
from gitops_ci.core.config.document import ConfigDocument, Path
from gitops_ci.core.config.parts import ConfigPart
from gitops_ci.core.gates.table import settings

Part = TypeVar("Part", bound=ConfigPart)
Value = TypeVar("Value")
Checked = TypeVar("Checked")

_KNOWN = "known are: "
# what msgspec puts behind a message, and in front of the name of a key that a struct does not have
_PLACE = re.compile(r" - at (`key` in )?`\$?(?P<path>[^`]*)`$")
_UNKNOWN_KEY = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
# the mappings inside of others, by their key
_INNER: dict[str | int, type[ConfigPart]] = {
    "images": schema.ImagePart,
    "approval": schema.ApprovalPart,
    "argocd": schema.ArgocdPart,
    "routes": schema.RoutePart,
    **{setting.key: setting.part for setting in settings() if setting.part},
}
# and those that stand for something else below one of these
_INNER_OF: Mapping[type[ConfigPart], Mapping[str | int, type[ConfigPart]]] = {
    schema.EnvironmentPart: {**_INNER, "argocd": schema.EnvironmentArgocdPart},
    schema.JenkinsPart: {
        "approval": schema.JenkinsApprovalPart,
        "credentials": schema.JenkinsCredentialsPart,
        "tool": schema.ToolPart,
    },
}


class ConfigNode(msgspec.Struct, frozen=True):
    """A document, and the path to something in it."""

    document: ConfigDocument
    path: Path = ()

    def at(self, *steps: str | int) -> "ConfigNode":
        """Return a place below this one."""
        return ConfigNode(self.document, (*self.path, *steps))

    def error(self, message: str, remedy: str = "") -> ConfigError:
        return self.document.error(self.path, message, remedy)

    def check(self, check: Callable[[Value], Checked], value: Value) -> Checked:
        """Return what a check makes of a value; raises ConfigError for what it refuses."""
        try:
            return check(value)
        except GitopsError as error:
            raise self.error(error.message, error.remedy) from None

    def check_optional(
        self, check: Callable[[Value], Checked], value: Value | None
    ) -> Checked | None:
        """Return the same, None where no value is given."""
        return None if value is None else self.check(check, value)

    def convert(self, data: Any, shape: type[Part]) -> Part:
        """Return the mapping that stands here, an empty one for nothing; raises ConfigError at the
        line of the key that is not known or has a wrong value.
        """
        try:
            return msgspec.convert({} if data is None else data, shape)
        except msgspec.ValidationError as error:
            text = str(error)
        match = _PLACE.search(text)
        inner = _steps(match["path"]) if match else ()
        message = _PLACE.sub("", text)
        unknown = _UNKNOWN_KEY.match(message)
        if unknown is None:
            raise self.at(*inner).error(message)
        key = unknown[1]
        remedy = _known_key(key, inner, shape)
        raise self.at(*inner, key).error(f"the key {key!r} is not known", remedy)

    def require_environment(self, name: str, environments: Iterable[str]) -> None:
        """Raise ConfigError, with a suggestion, for an environment that the file does not have."""
        if name not in environments:
            raise self.error(
                f"there is no environment {name!r}", _did_you_mean(name, list(environments))
            )


def _known_key(key: str, inner: Path, shape: type[ConfigPart]) -> str:
    parts = _INNER_OF.get(shape, _INNER)
    part = next((parts[step] for step in reversed(inner) if step in parts), shape)
    remedy = _did_you_mean(key, [field.encode_name for field in msgspec.structs.fields(part)])
    if remedy.startswith(_KNOWN):
        remedy += f"; a newer gitops-ci than {__version__} may know it"
    return remedy


def _steps(path: str) -> Path:
    """Return the keys and indices of a path as msgspec writes it, without the ``[...]`` that stands
    for a key of any name.
    """
    steps = [(match[1], match[2]) for match in _STEP.finditer(path)]
    return tuple(key or int(index) for key, index in steps if key or index)


def _did_you_mean(word: str, words: list[str]) -> str:
    close = difflib.get_close_matches(word, words, n=1)
    return f"did you mean {close[0]}?" if close else f"{_KNOWN}{', '.join(words)}"
