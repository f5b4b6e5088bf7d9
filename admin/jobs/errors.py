"""How an attempt ends other than well."""


class Refused(Exception):
    """It cannot be done, and another try would change nothing. The text says why, and what to do."""


class Later(Exception):
    """It cannot be done now, for a reason that passes by. The text says which."""


class Interrupted(Exception):
    """The attempt is to stop. What it wrote stays; a handler lets this through."""


class Cancelled(Interrupted):
    """Somebody wants it no more."""


class HandedBack(Interrupted):
    """The worker ends; another one goes on."""


class TooLong(Interrupted):
    """The attempt has had all its time."""


class Lost(Interrupted):
    """The job is another worker's by now, since this one was silent for too long."""


class NotNow(Exception):
    """What somebody asked for does not fit the job's state. The text says why, and what to do."""
