"""What this side's pages are called, and where its sidebar leads. How they look stands in branding, as on service."""

from config.branding import listed, may, section, sync

NAME = "Lockstep admin"
ABOUT = "Products and their events"
PAGES = [
    section(
        "Lockstep",
        sync(),
        listed("Outbox", "outbox", "outbox_outboxevent", may("outbox.view_outboxevent")),
        listed("Audit", "history", "console_auditentry", may("console.view_auditentry")),
    ),
    section(
        "Catalogue",
        listed("Products", "inventory_2", "catalogue_product", may("catalogue.view_product")),
    ),
]
