"""kombu's transport by TLS, mended: each node of a cluster shows a certificate of its own name, not the first one's."""

from typing import Any

from kombu.transport import pyamqp


class Transport(pyamqp.SSLTransport):
    def establish_connection(self) -> Any:
        self.client.ssl = {**self.client.ssl, "server_hostname": self.client.hostname}
        return super().establish_connection()
