"""``requires`` in gitops.yaml: from which version of the program on the file may be read."""

from gitops_ci.core.config.document import ConfigDocument
from gitops_ci.model.required_version import (
    NONE,
    Version,
    is_newer,
    is_requirement,
    least,
    program_version,
)


def check_program(document: ConfigDocument) -> Version:
    """Return which version a file needs; raises ConfigError where this program is older, before all
    else is looked at.
    """
    text = document.data.get("requires")
    if text is None:
        return NONE
    if not is_requirement(text):
        raise document.error(
            ("requires",),
            "is not the least version of gitops-ci",
            'give for example requires: ">=0.2"',
        )
    if is_newer(text):
        raise document.error(
            ("requires",),
            f"gitops-ci {text} is required, and this is {program_version()}",
            "update gitops-ci here: what the file asks for can't be judged by an older one",
        )
    return least(text)
