"""kombu's transport by files, for where there is no broker, mended in two ways.

A message is there whole, or it is not there. And a worker has the same loop as with a broker, in which each of its
children has pipes of its own: in kombu's they share a lock, and one that is killed takes it away for ever.
"""

import contextlib
import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **options: Any) -> None:
        """kombu's own is read while it is being written, now and then, which ends the worker."""
        folder = Path(self.data_folder_out)
        name = f"{time.time_ns() // 1_000_000}_{uuid.uuid4()}"
        draft = folder / f"{name}.draft"
        draft.write_bytes(str_to_bytes(dumps(payload)))
        os.replace(draft, folder / f"{name}.{queue}.msg")


class Transport(filesystem.Transport):
    Channel = Channel
    implements = filesystem.Transport.implements.extend(asynchronous=True)

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        loop.call_repeatedly(self.polling_interval, self._look)

    def _look(self) -> None:
        with contextlib.suppress(Empty):
            while True:
                self.cycle.get(self._deliver)
