"""Argo CD's manifests in the repository decide what runs as much as the values files: a change that
sets an image, or lets something else run than gitops.yaml says, is caught; any other is told.
"""

import os
import time

import pytest

from tests.integration.attacks.attacked import AttackedRepository

MANIFEST = "argocd/shop-prod.yaml"
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop-prod
spec:
  project: shop
  source:
    repoURL: https://git.example.com/shop.git
    targetRevision: BRANCH
    path: charts
    helm:
      valueFiles:
        - ../values-prod.yaml
  destination: {namespace: prod}
"""
SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: shops}
spec:
  goTemplate: true
  generators:
    - matrix:
        generators:
          - git: {directories: [{path: "apps/*"}]}
          - list:
              elements:
                - {env: dev, revision: main}
                - {env: prod, revision: BRANCH}
  template:
    metadata: {name: "{{ .path.basename }}-{{ .env }}"}
    spec:
      source:
        repoURL: https://git.example.com/shop.git
        targetRevision: "{{ .revision }}"
        path: charts
        helm:
          valueFiles: ["../values-{{ .env }}.yaml"]
"""
LINE = "        - ../values-prod.yaml\n"
EXTRA = "- ../values-prod.yaml\n        - ../extra.yaml"
HELM = "    helm:\n"
CAUGHT = {
    "a parameter": (HELM, f"{HELM}      parameters: [{{name: image.tag, value: '99'}}]\n"),
    "a parameter beside another one": (
        HELM,
        f"{HELM}      parameters: [{{name: 'a=1,image.tag', value: '99'}}]\n",
    ),
    "the image as a whole": (HELM, f"{HELM}      parameters: [{{name: image, value: '99'}}]\n"),
    "another repository": (
        HELM,
        f"{HELM}      parameters: [{{name: image.repository, value: evil.example.com/shop}}]\n",
    ),
    "a digest": (HELM, f"{HELM}      parameters: [{{name: image.digest, value: 'sha256:1'}}]\n"),
    "a parameter from a file": (
        HELM,
        f"{HELM}      fileParameters: [{{name: image.tag, path: t}}]\n",
    ),
    "values as text": (HELM, f"{HELM}      values: |\n        image: {{tag: '99'}}\n"),
    "values as text that can't be read": (HELM, f"{HELM}      values: '{{'\n"),
    "values": (HELM, f"{HELM}      valuesObject: {{image: {{tag: '99'}}}}\n"),
    "values by an alias": (
        HELM,
        "    plugin: &x {image: {tag: '99'}}\n    helm:\n      valuesObject: *x\n",
    ),
    "values by a merge key": (
        HELM,
        "    plugin: &x {valuesObject: {image: {tag: '99'}}}\n    helm:\n      <<: *x\n",
    ),
    "another values file": (LINE, "        - ../values-dev.yaml\n"),
    "no values file": (LINE, "        []\n"),
    "one more, which sets the tag": ("- ../values-prod.yaml", EXTRA),
    "images of kustomize": (HELM, f"    kustomize: {{images: ['shop=shop:99']}}\n{HELM}"),
    "patches of an image": (
        HELM,
        f"    kustomize: {{patches: [{{patch: 'image: shop:99'}}]}}\n{HELM}",
    ),
    "another branch": ("targetRevision: BRANCH", "targetRevision: evil"),
    "a commit": ("targetRevision: BRANCH", "targetRevision: 0123456789abcdef"),
    "another repository of manifests": ("git.example.com", "evil.example.com"),
    "nothing that can be read": ("metadata:", "metadata: ["),
}
TOLD = {
    "replicas": (HELM, f"{HELM}      parameters: [{{name: replicas, value: '3'}}]\n"),
    "other values": (HELM, f"{HELM}      valuesObject: {{replicas: 3}}\n"),
    "one more values file": ("- ../values-prod.yaml", EXTRA.replace("extra", "common")),
    "one before it": (LINE, f"        - ../extra.yaml\n{LINE}"),
    "another chart": ("path: charts", "path: other"),
    "the name of the release": (HELM, f"{HELM}      releaseName: shop\n"),
}
BESIDE = {"extra.yaml": "image: {tag: '99'}\n", "common.yaml": "replicas: 3\n"}

PARAMETER = f"{HELM}      parameters: [{{name: image.tag, value: '99'}}]\n"
NESTED = "[" * 2000 + "]" * 2000
LARGE = "# comment\n" * 600_000
LISTS = {
    "any list": "apiVersion: v1\nkind: List\n",
    "applications": "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationList\n",
}


def honest(attacked: AttackedRepository, text: str = APPLICATION) -> str:
    """Put a manifest into the repository as gitops.yaml says it; return its text."""
    manifest = text.replace("BRANCH", attacked.branch)
    attacked.is_taken(attacked.commit({MANIFEST: manifest, **BESIDE}))
    assert attacked.notices() == []
    return manifest


def edited(attacked: AttackedRepository, manifest: str, *edit: str, onto: str = "") -> str:
    """Return a commit that edits the manifest."""
    old, new = (text.replace("BRANCH", attacked.branch) for text in edit)
    assert old in manifest
    return attacked.commit({MANIFEST: manifest.replace(old, new)}, onto=onto)


@pytest.mark.slow
@pytest.mark.parametrize("way", CAUGHT)
def test_what_decides_the_image_is_caught(attacked: AttackedRepository, way: str) -> None:
    manifest = honest(attacked)
    commit = edited(attacked, manifest, *CAUGHT[way])
    attacked.is_caught(commit, "argocd-override", "mallory@example.com")


@pytest.mark.slow
@pytest.mark.parametrize("way", TOLD)
def test_what_does_not_is_told(attacked: AttackedRepository, way: str) -> None:
    manifest = honest(attacked)
    attacked.is_taken(edited(attacked, manifest, *TOLD[way]))
    [told] = attacked.notices()
    assert (told["kind"], told["app"], told["environment"]) == ("argocd-changed", "shop", "prod")
    assert "mallory@example.com changed Application shop-prod: " in told["message"]


def test_each_way_is_found_in_one_history(attacked: AttackedRepository) -> None:
    """All of them one after the other, each taken back: no way hides behind another one."""
    manifest = honest(attacked)
    head, done = attacked.head, {}
    for way, edit in {**CAUGHT, **TOLD}.items():
        done[way] = edited(attacked, manifest, *edit, onto=head)
        head = attacked.commit({MANIFEST: manifest}, "take it back", onto=done[way])
    pushed = attacked.push(head)
    assert pushed.taken != attacked.hook
    lines = [line for line in pushed.words.splitlines() if "argocd-override" in line]
    if pushed.taken:
        lines = [each["commit"] for each in attacked.audit() if each["kind"] == "argocd-override"]
    caught = {way for way, commit in done.items() if any(commit[:12] in line for line in lines)}
    assert caught == set(CAUGHT)


def test_what_is_no_source_is_free(attacked: AttackedRepository) -> None:
    manifest = honest(attacked)
    attacked.is_taken(edited(attacked, manifest, "project: shop", "project: other"))
    assert attacked.notices() == []


def test_removing_one_is_told(attacked: AttackedRepository) -> None:
    honest(attacked)
    attacked.is_taken(attacked.commit({}, gone=(MANIFEST,)))
    [told] = attacked.notices()
    assert told["message"] == "mallory@example.com removed Application shop-prod"


def test_a_new_one_for_production_that_sets_the_image_is_caught(
    attacked: AttackedRepository,
) -> None:
    """Under a name of its own too: it reads production's values."""
    text = APPLICATION.replace("BRANCH", attacked.branch).replace(*CAUGHT["a parameter"])
    attacked.is_caught(
        attacked.commit({MANIFEST: text.replace("shop-prod", "other")}),
        "argocd-override",
        "image.tag",
    )


def test_a_preview_that_borrows_the_values_of_dev_is_told(attacked: AttackedRepository) -> None:
    text = APPLICATION.replace("BRANCH", "main").replace(*CAUGHT["a parameter"])
    preview = text.replace("shop-prod", "preview-12").replace("values-prod", "values-dev")
    attacked.is_taken(attacked.commit({MANIFEST: preview}))
    [told] = attacked.notices()
    assert told["message"].endswith("added Application preview-12: helm.parameters sets image.tag")


@pytest.mark.slow
@pytest.mark.parametrize(
    "edit",
    [
        ("{env: prod, revision: BRANCH}", "{env: prod, revision: evil}"),
        (
            "        helm:\n",
            "        helm:\n          parameters: [{name: image.tag, value: '9'}]\n",
        ),
        ("values-{{ .env }}", "values-dev"),
        (
            "  template:\n",
            "  templatePatch: 'spec: {source: {helm: {parameters: []}}}'\n  template:\n",
        ),
        (
            "elements:\n",
            "template: {spec: {source: {targetRevision: evil}}}\n              elements:\n",
        ),
    ],
    ids=["the branch of an element", "a parameter", "the values file", "a patch", "a template"],
)
def test_a_set_is_held_as_what_it_makes(
    attacked: AttackedRepository, edit: tuple[str, str]
) -> None:
    manifest = honest(attacked, SET)
    attacked.is_caught(edited(attacked, manifest, *edit), "argocd-override")


@pytest.mark.parametrize(
    "path", ["charts/.argocd-source-shop-prod.yaml", "charts/.argocd-source.yaml"]
)
def test_what_argo_cd_lays_over_a_source_is_caught(attacked: AttackedRepository, path: str) -> None:
    """Its image updater writes such a file."""
    text = "helm: {parameters: [{name: image.tag, value: '99', forcestring: true}]}\n"
    attacked.is_caught(attacked.commit({path: text}), "argocd-override", "sets image.tag")


def test_another_repository_may_be_said_in_gitops_yaml(attacked: AttackedRepository) -> None:
    """The move of a repository to another host."""
    manifest = honest(attacked)
    rules = (
        attacked.world.text("gitops.yaml") + "\nargocd: {repository: https://git.new.com/shop}\n"
    )
    time.sleep(1)  # on two branches nothing but the dates tells what came first
    attacked.push(attacked.commit({"gitops.yaml": rules}, onto=attacked.world.head()), "main")
    if attacked.hook and attacked.signed:
        return  # a change of production's rules needs its signers
    moved = ("https://git.example.com/shop.git", "https://git.new.com/shop.git")
    time.sleep(1)
    attacked.push(edited(attacked, manifest, *moved))
    assert "argocd-override" not in {each["kind"] for each in attacked.audit()}


def listed(manifest: str, head: str) -> str:
    """Wrap the manifest into a list, of which Argo CD applies each item."""
    return f"{head}items:\n  - " + manifest.replace("\n", "\n    ").rstrip() + "\n"


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("there", [False, True], ids=["new", "there before"])
def test_an_application_in_a_list_is_held_as_one_of_its_own(
    attacked: AttackedRepository, kind: str, there: bool
) -> None:
    if there:
        honest(attacked)
    text = APPLICATION.replace("BRANCH", attacked.branch).replace(HELM, PARAMETER)
    commit = attacked.commit({MANIFEST: listed(text, LISTS[kind])})
    attacked.is_caught(commit, "argocd-override", words="sets image.tag")


def test_an_item_that_says_no_kind_is_of_the_kind_of_its_list(
    attacked: AttackedRepository,
) -> None:
    text = APPLICATION.replace("BRANCH", attacked.branch).replace(HELM, PARAMETER)
    item = text.partition("kind: Application\n")[2]
    commit = attacked.commit({MANIFEST: listed(item, LISTS["applications"])})
    attacked.is_caught(commit, "argocd-override", words="sets image.tag")


def test_wrapping_one_into_a_list_is_free(attacked: AttackedRepository) -> None:
    manifest = honest(attacked)
    attacked.is_taken(attacked.commit({MANIFEST: listed(manifest, LISTS["any list"])}))
    assert attacked.notices() == []


@pytest.mark.parametrize(
    "text",
    [APPLICATION + LARGE, APPLICATION + f"x: {NESTED}\n", APPLICATION + "\0"],
    ids=["too large", "too deep", "no text"],
)
def test_one_that_can_not_be_read_any_more_is_caught(
    attacked: AttackedRepository, text: str
) -> None:
    honest(attacked)
    attacked.is_caught(attacked.commit({MANIFEST: text}), "argocd-override", words="any more")


@pytest.mark.parametrize("moved", [MANIFEST, "argocd"], ids=["the file", "its folder"])
def test_one_that_becomes_a_link_is_caught(attacked: AttackedRepository, moved: str) -> None:
    """Argo CD follows links inside of the repository."""
    honest(attacked)
    attacked.switch()
    (attacked.clone / moved).rename(attacked.clone / "notes")
    os.symlink("../notes" if moved == MANIFEST else "notes", attacked.clone / moved)
    attacked.git("add", "--all")
    attacked.git("commit", "--quiet", "--message", "tidy up")
    attacked.is_caught(attacked.git("rev-parse", "HEAD"), "argocd-override", words="a link")


def test_a_new_one_that_is_too_large_is_told(attacked: AttackedRepository) -> None:
    attacked.is_taken(attacked.commit({MANIFEST: APPLICATION + LARGE}))
    [told] = attacked.notices()
    assert told["kind"] == "argocd-changed"
    assert told["message"].startswith(f"{MANIFEST} can't be read")


@pytest.mark.parametrize("file", ["https://evil.example.com/x.yaml", "../../x.yaml"])
def test_a_values_file_from_elsewhere_is_caught_after_productions(
    attacked: AttackedRepository, file: str
) -> None:
    """Helm takes addresses too, and what they say today nobody knows tomorrow."""
    manifest = honest(attacked)
    before = edited(attacked, manifest, LINE, f"        - {file}\n{LINE}")
    attacked.is_taken(before)
    after = edited(attacked, manifest, LINE, f"{LINE}        - {file}\n")
    attacked.is_caught(after, "argocd-override", words="in no folder here")
