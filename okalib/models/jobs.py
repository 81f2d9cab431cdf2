"""What the jobs of the timetable did (OPS-2)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from okalib.rules import JobState


class JobRun(models.Model):
    """One run of one job for one day."""

    job = models.CharField(_("処理"), max_length=60)
    day = models.DateField(_("対象日"))
    state = models.CharField(
        _("結果"),
        max_length=10,
        choices=[(JobState.RUNNING, _("実行中")), (JobState.DONE, _("完了")), (JobState.FAILED, _("失敗"))],
    )
    started_at = models.DateTimeField(_("開始"))
    finished_at = models.DateTimeField(_("終了"), null=True, blank=True)
    counts = models.JSONField(_("件数"), default=dict, blank=True)
    exceptions = models.JSONField(_("例外"), default=list, blank=True)

    class Meta:
        verbose_name = _("処理記録")
        verbose_name_plural = _("処理記録")
        ordering = ["-started_at", "-id"]
        permissions = [("run_job", _("処理を手動で実行する"))]
        indexes = [models.Index(fields=["job", "state", "-day"], name="job_last_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=JobState.RUNNING) | Q(finished_at__isnull=False), name="finished_job_has_its_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.day} {self.state}"
