"""What this side's pages are called, and where its sidebar leads. How they look stands in branding, as on admin."""

from config.branding import Section

NAME = "Lockstep service"
ABOUT = "The copy of the catalogue"
PAGES: list[Section] = []
