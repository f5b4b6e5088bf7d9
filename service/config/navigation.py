"""What this side's pages are called, and where its sidebar leads. How they look stands in branding, as on admin."""

from config.branding import listed, may, section

NAME = "Lockstep service"
ABOUT = "The copy of the catalogue"
PAGES = [
    section("Copy", listed("Drift", "difference", "replica_driftcheck", may("replica.view_driftcheck"))),
]
