"""Ports on 127.0.0.1 for servers that tests and commands start."""

import socket


def free_port() -> int:
    """Return a port that is free now, for servers that cannot choose one themselves (port 0)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    """Return whether a server listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
