#!/usr/bin/env python
"""`python consumer.py` is `python manage.py consume`: it follows admin's events until it is told to stop."""

import sys

from manage import main

sys.argv[1:1] = ["consume"]
main()
