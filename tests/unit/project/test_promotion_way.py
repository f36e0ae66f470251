"""ARCHITECTURE.md tells the way of a promotion by functions that exist."""

from importlib import import_module

import pytest

from tests.architecture import promotion_way


@pytest.mark.parametrize("name", promotion_way())
def test_a_call_on_the_way_of_a_promotion_exists(name: str) -> None:
    module, function = name.rsplit(".", 1)
    owner: object
    try:
        owner = import_module(f"gitops_ci.{module}")
    except ModuleNotFoundError:  # a method: the last part but one is its class
        module, owner_name = module.rsplit(".", 1)
        owner = getattr(import_module(f"gitops_ci.{module}"), owner_name)
    assert callable(getattr(owner, function, None))


def test_no_call_is_named_twice() -> None:
    names = promotion_way()
    assert len(names) > 20
    assert len(set(names)) == len(names)
