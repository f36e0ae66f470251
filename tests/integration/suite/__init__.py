"""The suite itself: what its surroundings promise, and what a run may leave behind."""
