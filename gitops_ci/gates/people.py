"""Who is who: names and e-mail addresses under ``people``."""

from gitops_ci.config.model import Config


def identity(person: str, config: Config) -> str:
    """Return the one name of a person, whose e-mail addresses stand under ``people``; Jenkins ignores case too."""
    return known(person, config) or person.strip().casefold()


def known(person: str, config: Config) -> str | None:
    """Return the name of somebody under ``people``, None for anybody else."""
    folded = person.strip().casefold()
    for name, mails in config.people.items():
        if folded == name.casefold() or folded in {mail.casefold() for mail in mails}:
            return name.casefold()
    return None
