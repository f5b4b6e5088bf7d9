"""What DEBUG's error pages may show."""

import re

from django.views.debug import SafeExceptionReporterFilter


class HidesUrls(SafeExceptionReporterFilter):
    """Django's, which hides settings by their names and does not know that a URL can hold a password."""

    hidden_settings = re.compile(f"{SafeExceptionReporterFilter.hidden_settings.pattern}|URL", re.IGNORECASE)
