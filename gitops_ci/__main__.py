"""Runs the command line as ``python -m gitops_ci``."""

from gitops_ci.cli import run

if __name__ == "__main__":
    run()
