"""Where the script looks for an installation, and what an agent is told on which there can't be
one.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.agent import stubs
from tests.integration.agent.agent import Agent
from tests.integration.agent.stubs import VERSION

PYTHONS = ("python3", "python3.14", "python3.13", "python3.12", "python3.11")


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    """An agent whose Python tells where it was to install."""
    agent = Agent(tmp_path / "agent")
    agent.program("python3", '#!/bin/sh\n[ "$1" != -E ] || { echo "place: $4" >&2; exit 1; }\n')
    return agent


def place(agent: Agent, carried: Path | None = None, **tool: str) -> str:
    """Return the place of an installation that is not there yet."""
    ran = agent.call(tool=tool, carried=carried)
    assert (ran.code, ran.shells) == (1, 2), ran.err
    return ran.err.removeprefix("place: ").strip()


def test_each_source_has_a_place_of_its_own(agent: Agent, carried: Path, tmp_path: Path) -> None:
    other = stubs.carry(
        tmp_path / "other", stubs.wheel(tmp_path, mark="another wheel of this version")
    )
    tools: list[tuple[Path, Mapping[str, str]]] = [
        (carried, {}),
        (other, {}),
        (carried, {"source": "gitops-ci @ https://host/a.whl"}),
        (carried, {"source": "gitops-ci @ https://host/b.whl"}),
        (carried, {"source": f"gitops-ci=={VERSION}", "index": "https://host/simple"}),
        (carried, {"source": f"gitops-ci=={VERSION}", "index": "https://other/simple"}),
        (carried, {"source": f"gitops-ci=={VERSION}", "wheelhouse": "wheels"}),
    ]
    places = [place(agent, where, **tool) for where, tool in tools]
    assert len(set(places)) == len(tools)
    assert all(each.startswith(f"{agent.tools}/{VERSION}-") for each in places)


def test_where_packages_come_from_changes_nothing_of_what_the_library_carries(
    agent: Agent, carried: Path
) -> None:
    ways = [{}, {"index": "https://host/simple"}, {"wheelhouse": "wheels"}]
    assert len({place(agent, carried, **way) for way in ways}) == 1


def test_another_lock_is_another_installation(agent: Agent, carried: Path, tmp_path: Path) -> None:
    wheel = stubs.wheel(tmp_path, mark="carried")
    same, locked = (
        stubs.carry(tmp_path / "same", wheel),
        stubs.carry(tmp_path / "locked", wheel, "# another lock\n"),
    )
    assert place(agent, carried) == place(agent, same) != place(agent, locked)


def test_a_login_is_no_part_of_a_place(agent: Agent) -> None:
    index = "https://packages.example.com/simple"
    logins = [
        "https://bob:pw@packages.example.com/simple",
        "https://eve:p%40ss@packages.example.com/simple",
        index,
    ]
    sources = [f"gitops-ci @ git+{each}/x.git@v1" for each in logins]
    assert len({place(agent, source=source, index=index) for source in sources}) == 1
    assert len({place(agent, source="gitops-ci", index=each) for each in logins}) == 1


def test_a_file_that_has_changed_is_another_source(agent: Agent, tmp_path: Path) -> None:
    file = tmp_path / "x.whl"
    file.write_text("one")
    first = place(agent, source=str(file))
    file.write_text("two")
    assert place(agent, source=str(file)) != first
    file.write_text("one")
    assert place(agent, source=str(file)) == first


def test_the_home_of_installations_can_be_named(agent: Agent, carried: Path) -> None:
    assert place(agent, carried, home="/opt/a b").startswith(f"/opt/a b/{VERSION}-")
    assert place(agent, carried, home="here").startswith(f"{agent.root}/here/{VERSION}-")
    agent.variables["XDG_CACHE_HOME"] = "/var/cache/me"
    assert place(agent, carried).startswith(f"/var/cache/me/gitops-ci/{VERSION}-")


def test_what_is_installed_needs_no_python_to_be_found(agent: Agent, carried: Path) -> None:
    where = Path(place(agent, carried))
    for name in PYTHONS:
        agent.program(name, "#!/bin/sh\nexit 1\n")
    published(where, '#!/bin/sh\necho "runs: $*"\n')
    ran = agent.call(carried=carried)
    assert (ran.code, ran.shells) == (0, 1), ran.err
    assert ran.out == f"runs: -I {where}/bin/gitops-ci plan promote\n"
    other = agent.call(carried=carried, tool={"source": "gitops-ci @ https://host/a.whl"})
    assert (other.code, other.out) == (1, "")


def published(where: Path, python: str) -> None:
    """Make what an installation leaves, with a program in place of its Python."""
    folder = where.with_name(f"{where.name}.this-machine.x")
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "gitops-ci").touch()
    (folder / "bin" / "python").write_text(python)
    (folder / "bin" / "python").chmod(0o755)
    where.symlink_to(folder.name)


def test_an_installation_whose_python_is_gone_is_none(agent: Agent, carried: Path) -> None:
    where = Path(place(agent, carried))
    published(where, "")
    (where / "bin" / "python").unlink()
    (where / "bin" / "python").symlink_to("/usr/bin/python3.0")
    assert place(agent, carried) == str(where)


@pytest.mark.parametrize("found", ["", "0.0.1"])
def test_an_agent_without_a_python_of_use_is_told_what_it_lacks(
    agent: Agent, carried: Path, found: str
) -> None:
    for name in PYTHONS:
        agent.program(name, "#!/bin/sh\nexit 1\n")
    if found:
        agent.program("gitops-ci", f"#!/bin/sh\necho 'gitops-ci, version {found}'\n")
    ran = agent.call(carried=carried)
    other = f" ({found} is)" if found else ""
    words = (
        f"gitops-ci {VERSION} is not on PATH{other}, and there is no Python 3.11 or newer to "
        "install it with\n"
    )
    assert (ran.code, ran.shells, ran.problem, ran.err) == (1, 1, words, words)


def test_without_home_a_folder_is_asked_for(agent: Agent, carried: Path) -> None:
    agent.variables["HOME"] = ""
    ran = agent.call(carried=carried)
    assert ran.code == 1
    assert "HOME is not set: give tool: [home: ...]" in ran.problem
    assert place(agent, carried, home="/opt/x").startswith("/opt/x/")


def test_an_agent_that_can_not_compute_checksums_is_told_so(agent: Agent, carried: Path) -> None:
    agent.program("sha256sum", "#!/bin/sh\nexit 127\n")
    ran = agent.call(carried=carried)
    assert (ran.code, ran.problem) == (1, "sha256sum is missing on this agent: install coreutils\n")
