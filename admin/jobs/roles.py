"""The two processes of Celery's, as their heartbeats and the workers' pause name them."""

WORKER = "worker"
BEAT = "beat"
