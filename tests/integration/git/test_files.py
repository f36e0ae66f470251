"""Files are read at commits and written with their mode; what is no file is refused."""

import os
from pathlib import Path

import pytest

from gitops_ci.base.errors import GitError, GitopsError, UsageError
from tests.integration.conftest import FILES, LOGIN, MakeRepository, git
from tests.integration.git.conftest import Open
from tests.servers.git_http import GitHttp

VALUES = "apps/shop/values-dev.yaml"
SERVERS = ["http", "http_without_filters"]


def add(bare: Path, *lines: str, branch: str = "main") -> str:
    """Add entries to a branch, each as `git update-index --index-info` takes it; return the
    commit.
    """
    index = {"GIT_INDEX_FILE": str(bare / "index-of-test"), "GIT_DIR": str(bare)}
    os.environ.update(index)
    try:
        git(bare, "read-tree", branch)
        git(
            bare,
            "update-index",
            "--add",
            "--index-info",
            stdin="".join(f"{line}\n" for line in lines),
        )
        tree = git(bare, "write-tree")
    finally:
        for name in index:
            del os.environ[name]
    new = git(bare, "commit-tree", "-p", branch, "-m", "added", tree)
    git(bare, "update-ref", f"refs/heads/{branch}", new)
    return new


def blob(bare: Path, text: str) -> str:
    return git(bare, "hash-object", "-w", "--stdin", stdin=text)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_files_are_read_whatever_came_along(
    server: str, depth: int, repository: Path, opened: Open, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(server).url(repository.name, LOGIN)
    with opened(url) as opened_repository:
        commit = opened_repository.head("main", depth=depth).commit
        wanted = [
            (commit, path) for path in (*FILES, "nope", "apps/nope/values.yaml", "README.md/below")
        ]
        expected = {pair: FILES[pair[1]].encode() if pair[1] in FILES else None for pair in wanted}
        assert opened_repository.read(wanted) == expected


@pytest.mark.parametrize("server", SERVERS)
def test_files_are_read_at_older_commits(
    server: str, make_repository: MakeRepository, opened: Open, request: pytest.FixtureRequest
) -> None:
    bare = make_repository(commits=30)
    with opened(request.getfixturevalue(server).url(bare.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main")
        commits = [commit.id for commit in opened_repository.history(head.commit)][:-1]
        found = opened_repository.read((commit, "counter") for commit in commits)
        assert [found[commit, "counter"] for commit in commits] == [
            str(number).encode() for number in range(29, 0, -1)
        ]


def test_a_commit_that_was_never_seen_is_read_by_its_id(
    http: GitHttp, make_repository: MakeRepository, opened: Open
) -> None:
    bare = make_repository(commits=5)
    old = git(bare, "rev-parse", "main~3")
    with opened(http.url(bare.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        assert opened_repository.read([(old, "counter")]) == {(old, "counter"): b"1"}


def test_folders_are_listed(http: GitHttp, repository: Path, opened: Open) -> None:
    with opened(http.url(repository.name, LOGIN)) as opened_repository:
        commit = opened_repository.head("main").commit
        assert opened_repository.folders(commit, "") == ["apps"]
        assert opened_repository.folders(commit, "apps") == ["cart", "shop"]
        assert opened_repository.folders(commit, "apps/shop") == ["charts"]
        assert opened_repository.folders(commit, "nope") == []
        assert opened_repository.folders(commit, "README.md") == []


def test_several_files_go_into_one_commit(http: GitHttp, repository: Path, opened: Open) -> None:
    with opened(http.url(repository.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main", depth=2)
        files = {
            VALUES: b"2",
            "apps/cart/values-dev.yaml": b"8",
            "new/deep/file": b"\x00\xff",
            "apps.yaml": b"",
            "apps-z": b"z",
        }
        new = opened_repository.commit(head.commit, files, "several")
        opened_repository.push("main", head.commit, new)
    changed = git(repository, "diff", "--name-only", "main~1", "main").splitlines()
    assert sorted(changed) == sorted(files)
    git(repository, "fsck", "--strict")


def test_a_commit_without_files_has_the_same_tree(repository: Path, opened: Open) -> None:
    with opened(str(repository)) as opened_repository:
        head = opened_repository.head("main")
        new = opened_repository.commit(head.commit, {}, "adopted")
        opened_repository.push("main", head.commit, new)
    assert git(repository, "diff", "main~1", "main") == ""


def test_the_executable_bit_stays(repository: Path, opened: Open) -> None:
    add(repository, f"100755 {blob(repository, 'run')}\tbin/run")
    with opened(str(repository)) as opened_repository:
        head = opened_repository.head("main")
        opened_repository.push(
            "main",
            head.commit,
            opened_repository.commit(head.commit, {"bin/run": b"run more"}, "update"),
        )
    assert git(repository, "ls-tree", "main", "bin/run").startswith("100755 ")
    assert git(repository, "show", "main:bin/run") == "run more"


@pytest.mark.parametrize("path", ["link", "link/values.yaml"])
def test_a_symbolic_link_is_refused(path: str, repository: Path, opened: Open) -> None:
    add(repository, f"120000 {blob(repository, 'apps/shop')}\tlink")
    with opened(str(repository)) as opened_repository:
        commit = opened_repository.head("main").commit
        with pytest.raises(GitError, match="symbolic link"):
            opened_repository.read([(commit, path)])
        with pytest.raises(GitError, match="symbolic link"):
            opened_repository.commit(commit, {path: b"x"}, "update")


@pytest.mark.parametrize("path", ["module", "module/values.yaml"])
def test_a_submodule_is_refused(path: str, repository: Path, opened: Open) -> None:
    add(repository, f"160000 {git(repository, 'rev-parse', 'main')}\tmodule")
    with opened(str(repository)) as opened_repository:
        commit = opened_repository.head("main").commit
        with pytest.raises(GitError, match="submodule"):
            opened_repository.read([(commit, path)])


def test_a_folder_is_no_file(repository: Path, opened: Open) -> None:
    with opened(str(repository)) as opened_repository:
        commit = opened_repository.head("main").commit
        with pytest.raises(GitError, match="is a folder"):
            opened_repository.read([(commit, "apps/shop")])
        with pytest.raises(GitError, match="is a folder"):
            opened_repository.commit(commit, {"apps/shop": b"x"}, "update")
        with pytest.raises(GitError, match="nothing can lie below"):
            opened_repository.commit(commit, {"README.md/below": b"x"}, "update")


def test_a_file_of_more_than_five_megabytes_is_refused(
    http: GitHttp, make_repository: MakeRepository, opened: Open
) -> None:
    bare = make_repository({"large": "x" * 5_000_001, "fits": "x" * 5_000_000})
    with opened(http.url(bare.name, LOGIN)) as opened_repository:
        commit = opened_repository.head("main").commit
        with pytest.raises(GitError, match="larger than 5 MB"):
            opened_repository.read([(commit, "large")])
        assert len(opened_repository.read([(commit, "fits")])[commit, "fits"] or b"") == 5_000_000


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        "./a",
        "a\nb",
        "a\0b",
        ".git/config",
        "x/.GIT/y",
    ],
)
def test_a_path_that_leads_out_is_refused(path: str, repository: Path, opened: Open) -> None:
    with opened(str(repository)) as opened_repository:
        commit = opened_repository.head("main").commit
        with pytest.raises(UsageError, match="not the path of a file"):
            opened_repository.read([(commit, path)])
        with pytest.raises(UsageError, match="not the path of a file"):
            opened_repository.commit(commit, {path: b"x"}, "update")


@pytest.mark.parametrize("server", SERVERS)
def test_a_folder_is_carried_to_another_branch(
    server: str, repository: Path, opened: Open, request: pytest.FixtureRequest
) -> None:
    git(repository, "branch", "prod", "main")
    changed = blob(repository, "kind: StatefulSet\n")
    add(
        repository,
        f"100644 {changed}\tapps/shop/charts/templates/app.yaml",
        f"100644 {changed}\tapps/shop/charts/new/a.yaml",
    )
    with opened(request.getfixturevalue(server).url(repository.name, LOGIN)) as opened_repository:
        source = opened_repository.head("main", depth=2)
        target = opened_repository.head("prod", depth=2)
        chart = opened_repository.tree_at(source.commit, "apps/shop/charts")
        assert chart is not None
        new = opened_repository.commit(
            target.commit, {VALUES: b"2"}, "promote", entries={"apps/shop/charts": chart}
        )
        opened_repository.push("prod", target.commit, new)
    assert git(repository, "rev-parse", "prod:apps/shop/charts") == git(
        repository, "rev-parse", "main:apps/shop/charts"
    )
    assert git(repository, "show", f"prod:{VALUES}") == "2"
    git(repository, "fsck", "--strict")


def test_a_path_without_anything_has_no_tree(repository: Path, opened: Open) -> None:
    with opened(str(repository)) as opened_repository:
        assert (
            opened_repository.tree_at(opened_repository.head("main").commit, "apps/nope/charts")
            is None
        )


@pytest.mark.parametrize("server", SERVERS)
def test_what_cannot_be_read_of_one_path_is_the_result_of_that_path_alone(
    server: str, repository: Path, opened: Open, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(server).url(repository.name, LOGIN)
    oids = {name: blob(repository, name) for name in ("apps/shop", "plain")}
    head = git(repository, "rev-parse", "main")
    new = add(
        repository,
        f"120000 {oids['apps/shop']}\tlink",
        f"160000 {head}\tmodule",
        f"100644 {blob(repository, 'x' * 5_000_001)}\tlarge",
        f"100644 {oids['plain']}\tplain",
    )
    unknown = "d" * len(new)
    words = {
        (new, "link"): "link is a symbolic link",
        (new, "link/values.yaml"): "link is a symbolic link",
        (new, "module/values.yaml"): "module is a submodule",
        (new, "large"): "larger than 5 MB",
        (new, "apps"): "apps is a folder",
        (new, "../plain"): "is not the path of a file",
        (unknown, "plain"): unknown,
    }
    wanted = [(new, "plain"), *words, (new, VALUES), (new, "nothing"), (new, "plain/below")]
    with opened(url) as opened_repository:
        opened_repository.head("main")
        found = opened_repository.read_each(wanted)
    assert list(found) == wanted
    errors = {place: each for place, each in found.items() if isinstance(each, GitopsError)}
    assert {place: words[place] in each.message for place, each in errors.items()} == dict.fromkeys(
        words, True
    )
    rest = {path: found[new, path] for path in ("plain", VALUES, "nothing", "plain/below")}
    expected = {
        "plain": b"plain",
        VALUES: FILES[VALUES].encode(),
        "nothing": None,
        "plain/below": None,
    }
    assert rest == expected


def test_without_a_server_that_is_the_result_of_every_path(repository: Path, opened: Open) -> None:
    with opened(str(repository)) as opened_repository:
        commit = opened_repository.head("main").commit
        repository.rename(repository.with_name("gone"))
        wanted = [(commit, VALUES), (commit, "apps/cart/values-dev.yaml")]
        found = opened_repository.read_each(wanted)
    assert [isinstance(each, GitopsError) for each in found.values()] == [True, True]
