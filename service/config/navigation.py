"""What this side's pages are called, and where its sidebar leads. How they look stands in branding, as on admin."""

from config.branding import Section, listed, may, section, sync

NAME = "Lockstep service"
ABOUT = "The copy of the catalogue"
PAGES: list[Section] = [
    section(
        "Lockstep",
        sync(),
        listed("Dead letters", "mail_off", "inbox_deadletter", may("inbox.view_deadletter")),
        listed("Drift", "difference", "replica_driftcheck", may("replica.view_driftcheck")),
        listed("Audit", "history", "console_auditentry", may("console.view_auditentry")),
    )
]
