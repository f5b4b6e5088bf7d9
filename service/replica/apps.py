from django.apps import AppConfig


class ReplicaConfig(AppConfig):
    name = "replica"

    def ready(self) -> None:
        from replica import digests  # noqa: F401  connects its receiver
