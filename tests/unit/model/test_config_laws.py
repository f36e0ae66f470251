"""What holds for names, branches and paths, whatever a gitops.yaml says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_ci.base.errors import UsageError
from gitops_ci.core.config.implicit import implicit_config, implicit_from_chart
from gitops_ci.model.config import Config
from gitops_ci.model.names import is_name
from gitops_ci.model.operation import Snapshot
from gitops_ci.model.paths import below, join

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True).filter(is_name)
FOLDERS = st.lists(NAMES, max_size=3).map("/".join)
CONFIG = implicit_config("shop")


@given(NAMES, st.none() | NAMES)
def test_an_environment_lives_on_its_own_branch_or_on_that_of_the_policy(
    policy: str, own: str | None
) -> None:
    stage = replace(CONFIG.environments["stage"], branch=own)
    assert stage.branch_on(policy) == (policy if own is None else own)
    snapshot = Snapshot("c", policy, {policy: "c"}, CONFIG, {})
    assert snapshot.branch_of(stage) == stage.branch_on(policy)
    assert snapshot.target(CONFIG.apps["shop"], stage).branch == stage.branch_on(policy)
    assert (snapshot.target_if_read(CONFIG.apps["shop"], stage) is None) == (
        own not in {None, policy}
    )


@given(st.sampled_from(list(CONFIG.environments)))
def test_the_environment_before_is_the_first_of_those_that_releases_pass(name: str) -> None:
    before = CONFIG.before(CONFIG.environments[name])
    passed = CONFIG.sources_of(name)
    assert (before.name if before else None) == next(iter(passed), None)


@given(NAMES)
def test_a_required_application_is_the_one_of_the_configuration_or_an_error(name: str) -> None:
    known = CONFIG.app(name)
    if known:
        assert CONFIG.require_app(name) == known
    else:
        with pytest.raises(UsageError, match=f"there is no application {name}"):
            CONFIG.require_app(name)


@given(NAMES)
def test_a_required_environment_is_the_one_of_the_configuration_or_an_error(name: str) -> None:
    if name in CONFIG.environments:
        assert CONFIG.require_environment(name).name == name
    else:
        with pytest.raises(UsageError, match=f"there is no environment {name}"):
            CONFIG.require_environment(name)


@pytest.mark.parametrize("name", ["", "../shop", "a b", "-x", "x" * 101])
def test_what_is_no_name_is_not_looked_for(name: str) -> None:
    with pytest.raises(UsageError, match="is not the name of an application"):
        CONFIG.require_app(name)
    with pytest.raises(UsageError, match="is not the name of an environment"):
        CONFIG.require_environment(name)


@given(NAMES, st.lists(NAMES, max_size=2))
def test_without_gitops_yaml_the_chart_names_the_application_before_the_caller(
    name: str, asked: list[str]
) -> None:
    found = implicit_from_chart(f'name: "{name}"\n'.encode(), asked)
    assert list(found.apps) == [name]
    assert found.implicit


@given(st.lists(NAMES, max_size=3))
def test_without_a_chart_only_a_single_application_has_a_name(asked: list[str]) -> None:
    def read() -> Config:
        return implicit_from_chart(None, asked)

    if len(asked) == 1:
        assert list(read().apps) == asked
    else:
        with pytest.raises(UsageError, match="the application has no name"):
            read()


@given(FOLDERS, FOLDERS, FOLDERS)
def test_folders_are_joined_in_any_order(one: str, two: str, three: str) -> None:
    assert join(join(one, two), three) == join(one, join(two, three))
    assert join(one, "") == join("", one) == one


@given(FOLDERS, FOLDERS)
def test_what_was_joined_is_found_below_its_folder(folder: str, name: str) -> None:
    assert below(folder, join(folder, name)) == name


@given(FOLDERS, FOLDERS)
def test_only_what_is_in_a_folder_is_below_it(folder: str, path: str) -> None:
    found = below(folder, path)
    if found is None:
        assert folder and path.split("/")[: folder.count("/") + 1] != folder.split("/")
    else:
        assert join(folder, found) == path
