"""What Lockstep is measured beside, each written as its users write it: one Django project, CONTENDER names the app."""
