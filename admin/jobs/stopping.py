"""Whether this worker ends: set in its main process, seen by all that were forked from it."""

from billiard import Event

stopping = Event()
