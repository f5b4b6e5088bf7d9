from typing import Any

from django.views.debug import get_default_exception_reporter_filter


def test_an_error_page_shows_no_url_of_a_server(settings: Any) -> None:
    settings.BROKER_URL = "amqp://user:hunter2@broker"
    settings.DATABASES["default"]["PASSWORD"] = settings.DATABASES["default"]["PASSWORD"] or "hunter2"
    shown = get_default_exception_reporter_filter().get_safe_settings()
    assert "hunter2" not in str(shown)
    assert settings.DATABASES["default"]["PASSWORD"] not in str(shown)
    assert shown["TIME_ZONE"] == "UTC"
