from django.apps import AppConfig


class ReplicaConfig(AppConfig):
    name = "replica"
