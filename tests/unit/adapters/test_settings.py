"""Which registry gets the login of the environment."""

from gitops_ci.adapters.credentials import registry_settings

LOGIN = {"GITOPS_CI_REGISTRY_USERNAME": "jenkins", "GITOPS_CI_REGISTRY_PASSWORD": "a long secret"}


def test_a_login_bound_to_a_host_goes_nowhere_else() -> None:
    settings = registry_settings(
        environ={**LOGIN, "GITOPS_CI_REGISTRY_HOST": "Registry.example.com:5000"}
    )
    assert settings.for_host("registry.example.com:5000").password == "a long secret"
    stranger = settings.for_host("registry.evil.example")
    assert (stranger.username, stranger.password, stranger.token) == (None, None, None)


def test_a_login_without_a_host_goes_to_whom_is_asked() -> None:
    assert registry_settings(environ=LOGIN).for_host("registry.example.com").username == "jenkins"
