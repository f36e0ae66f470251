"""What is given comes out again, whatever it is: every file is YAML that all readers read alike."""

import io

import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gitops_ci.base.errors import UsageError
from gitops_ci.core.config import reader
from gitops_ci.core.scaffold import Approver, ScaffoldApplication, repository
from gitops_ci.core.scaffold import settings as checks
from tests.laws import fewer
from tests.unit.core.scaffold.repositories import VARIANTS, settings

NAMES = st.from_regex(r"[a-z](?:[a-z0-9-]{0,45}[a-z0-9])?", fullmatch=True) | st.sampled_from(
    ["y", "no", "on", "null", "true", "e1"]
)
PARTS = st.from_regex(r"[a-z0-9]+(?:[._-][a-z0-9]+)?", fullmatch=True)
IMAGES = st.builds(
    lambda host, parts: "/".join([host, *parts]),
    st.sampled_from(["localhost:5000", "r.example.com", "[::1]:80"]),
    st.lists(PARTS, min_size=1, max_size=3),
)
PEOPLE = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters=",@="), min_size=1, max_size=20
)
PATHS = st.from_regex(r"/[A-Za-z0-9._~/-]{0,20}", fullmatch=True)


@fewer(5)  # each writes and reads ten documents
@given(
    st.sampled_from(VARIANTS),
    NAMES,
    IMAGES,
    st.integers(1, 65535),
    PATHS,
    st.lists(PEOPLE, max_size=3, unique_by=lambda word: word.casefold()),
)
def test_whatever_is_valid_comes_out_as_it_went_in(
    variant: tuple[str, str], name: str, image: str, port: int, path: str, people: list[str]
) -> None:
    app = ScaffoldApplication(
        checks.check_app(name), checks.check_image(image), port, checks.check_health_path(path)
    )
    approvers = checks.approvers(tuple(people))
    files = repository(settings(*variant, application=app, project=name, approvers=approvers))
    documents = {
        file: content
        for file, content in files.items()
        if file.endswith(".yaml") and "/templates/" not in file
    }
    for file, content in documents.items():
        by_ruamel = YAML(typ="safe").load(io.BytesIO(content))
        assert by_ruamel == yaml.safe_load(content), file  # YAML 1.2 and 1.1
    folder = f"apps/{name}/" if variant[0] == "many" else ""
    read = {file: yaml.safe_load(content) for file, content in documents.items()}
    assert read[f"{folder}charts/Chart.yaml"]["name"] == name
    assert read[f"{folder}charts/values.yaml"]["port"] == port
    assert read[f"{folder}charts/values.yaml"]["health"]["path"] == path
    assert {
        read[f"{folder}values-{env}.yaml"]["image"]["repository"] for env in checks.ENVIRONMENTS
    } == {image}
    assert read["argocd/project.yaml"]["metadata"]["name"] == name
    config = reader.read(files["gitops.yaml"])
    approval = config.environments["prod"].approval
    assert approval
    assert approval.approvers == (tuple(each.name for each in approvers) or None)
    assert config.app(name) is not None
    assert "@@" not in "".join(content.decode() for content in files.values()).replace(name, "")


@given(st.text(max_size=60))
def test_a_folder_gives_a_name_that_can_be_used_or_none(text: str) -> None:
    try:
        name = checks.name_from(f"/srv/{text}", "--app")
    except UsageError:
        return
    assert checks.check_app(name) == name


@given(st.text(max_size=80))
def test_a_name_that_passes_is_one_of_kubernetes(text: str) -> None:
    try:
        checks.check_app(text)
    except UsageError:
        return
    assert text.isascii()
    assert text == text.lower()
    assert text[0].isalpha()
    assert len(f"{text}-stage") <= 53


def test_addresses_of_one_person_come_together() -> None:
    assert checks.approvers(("alice=a@example.com", "bob", "alice=b@example.com")) == (
        Approver("alice", ("a@example.com", "b@example.com")),
        Approver("bob"),
    )


def test_a_folder_is_named_after_its_application() -> None:
    names = {
        "manual-app-helm": "manual-app",
        "Shop.git": "shop",
        "2024-käse_gitops": "kase",
        "my app": "my-app",
        "helm": "helm",
    }
    assert {folder: checks.name_from(folder, "--app") for folder in names} == names
