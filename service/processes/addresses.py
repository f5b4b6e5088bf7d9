import socket

from django.db import connection


def own_host() -> str:
    """The address by which this machine reaches the database, so that the service's other processes reach it there."""
    host = connection.settings_dict["HOST"]
    if not host or host.startswith("/"):
        return "127.0.0.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 9))  # sends nothing; asks the routing table which of our addresses would be used
        except OSError:
            return "127.0.0.1"  # the name is unknown while the database is away
        return str(probe.getsockname()[0])
