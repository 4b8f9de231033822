"""A port for a server that is to be started on this machine."""

import socket


def free_port() -> int:
    """Give a loopback port on which nobody listens at the moment; some servers take port 0 for their default."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    """Tell whether anybody listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
