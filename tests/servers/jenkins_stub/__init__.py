"""A Jenkins controller double: answers as a real one was measured to answer."""

from tests.servers.jenkins_stub.controller import Stub, serve

__all__ = ["Stub", "serve"]
