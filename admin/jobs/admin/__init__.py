"""The pages for jobs and schedules. They know what the kinds of jobs are about; the rest of `jobs` does not."""

from django.contrib import admin
from django_celery_beat import models

from jobs.admin.pages import JobAdmin

__all__ = ["JobAdmin"]

# The library's own pages would let people write what beat cannot do: a schedule is made on a page of ours.
for model in (
    models.PeriodicTask,
    models.IntervalSchedule,
    models.CrontabSchedule,
    models.SolarSchedule,
    models.ClockedSchedule,
):
    admin.site.unregister(model)
