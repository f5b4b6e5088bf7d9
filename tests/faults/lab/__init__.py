"""The laboratory: real servers, real processes, links that break, accounts of what was published and applied."""
