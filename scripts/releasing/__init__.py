"""The steps of a release: scripts/release.py puts them into their order."""
