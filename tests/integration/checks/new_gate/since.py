"""Since when there runs what a plan replaces."""

from gitops_ci.usecases.facts.deployments import current_deployment
from gitops_ci.usecases.facts.reader import FactQuery, FactReader


class Reader(FactReader):
    """Looks through the history of the target."""

    def read(self, query: FactQuery) -> dict[str, int]:
        """Return the time for each application that runs."""
        running = {
            app: current_deployment(query.ledger_reader, target, target.release, now=query.now)
            for app, target in query.targets.items()
            if target.release.deployed
        }
        return {app: deployment.since for app, deployment in running.items() if deployment}
