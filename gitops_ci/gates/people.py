"""Who is who: names and e-mail addresses under ``people``."""

from gitops_ci.config.model import Config
from gitops_ci.config.names import folded


def identity(person: str, config: Config) -> str:
    """Return the one name of a person, whose e-mail addresses stand under ``people``; Jenkins ignores case too."""
    return known(person, config) or folded(person)


def known(person: str, config: Config) -> str | None:
    """Return the name of somebody under ``people``, None for anybody else."""
    wanted = folded(person)
    for name, mails in config.people.items():
        if wanted == folded(name) or wanted in {folded(mail) for mail in mails}:
            return folded(name)
    return None
