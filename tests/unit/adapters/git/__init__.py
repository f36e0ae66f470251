"""The rules of reading and publishing that need no server."""
