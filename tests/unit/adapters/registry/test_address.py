"""Where the registry of a reference is."""

import pytest

from gitops_ci.adapters.registry.address import locate
from gitops_ci.model.image_reference import parse_reference


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("nginx", "https://registry-1.docker.io/v2/library/nginx/manifests/latest"),
        ("library/nginx:1", "https://registry-1.docker.io/v2/library/nginx/manifests/1"),
        ("docker.io/nginx:1", "https://registry-1.docker.io/v2/library/nginx/manifests/1"),
        ("index.docker.io/team/app:1", "https://registry-1.docker.io/v2/team/app/manifests/1"),
        ("team/app:1", "https://registry-1.docker.io/v2/team/app/manifests/1"),
        ("localhost/app:1", "https://localhost/v2/app/manifests/1"),
        ("host:5000/app:1", "https://host:5000/v2/app/manifests/1"),
        ("named:5000/app:1", "http://named:5000/v2/app/manifests/1"),
        ("named:5001/app:1", "https://named:5001/v2/app/manifests/1"),
        ("[::1]:5000/a/b:1", "https://[::1]:5000/v2/a/b/manifests/1"),
        ("r.example.com/a/b/c:1", "https://r.example.com/v2/a/b/c/manifests/1"),
        (
            f"r.example.com/a@sha256:{'0' * 64}",
            f"https://r.example.com/v2/a/manifests/sha256:{'0' * 64}",
        ),
        (f"r.example.com/a:1@sha256:{'0' * 64}", "https://r.example.com/v2/a/manifests/1"),
    ],
)
def test_the_manifest_of_a_reference(reference: str, url: str) -> None:
    address = locate(parse_reference(reference), frozenset({"Named:5000"}))
    assert address.base + address.manifest() == url
