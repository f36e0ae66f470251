"""The use cases, the only place where the adapters meet."""

from gitops_ci.deadline import Deadline
from gitops_ci.delivery.place import USUAL_DEPTH, Place
from gitops_ci.operation import Outcome, Request
from gitops_ci.repository import clean_url, open_repository

__all__ = ["Place", "operate"]


def operate(request: Request, place: Place, deadline: Deadline) -> Outcome:
    """Carry out one operation and return how it ended; raises GitopsError when it can't be done."""
    url, found = clean_url(place.url)
    credentials = place.credentials or found
    with open_repository(url, credentials=credentials, ca_file=place.ca_file, deadline=deadline) as repository:
        if place.branch is None:
            repository.start(USUAL_DEPTH)
        # imported while the server answers: together they take as long as the first fetch
        from gitops_ci.delivery.deliver import carry_out

        return carry_out(repository, request, place, deadline)
