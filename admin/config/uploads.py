"""Forms that are larger than any file may be are refused before they are read: to whom they matter is known later."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PAGES = "/admin/"  # the API looks by itself
BESIDE_THE_FILE = 100_000  # bytes: boundaries and other fields


def bounded(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        size = str(request.META.get("CONTENT_LENGTH") or "0")
        most = settings.IMPORTS.max_bytes + BESIDE_THE_FILE
        if request.path.startswith(PAGES) and size.isdecimal() and int(size[:19]) > most:
            said = f"This form is larger than IMPORTS_MAX_BYTES={settings.IMPORTS.max_bytes:,} allows."
            return HttpResponse(said, status=413, content_type="text/plain")
        return get_response(request)

    return answer
