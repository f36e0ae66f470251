"""Refusals that name the application and the environment which they are about."""

from gitops_ci.base.errors import RefusedError
from gitops_ci.model.operation import Target


def refusal(
    target: Target, message: str, remedy: str, gate: str = RefusedError.gate
) -> RefusedError:
    error = RefusedError(
        message, remedy=remedy, app=target.app.name, environment=target.environment.name
    )
    error.gate = gate
    return error
