"""Runs of jobs in templates: `{% load okalib_jobs %}`, then `{{ run|counts }}`."""

from __future__ import annotations

from django import template

from okalib.job_words import counts_in_words, number_of_exceptions
from okalib.models import JobRun

register = template.Library()


@register.filter
def counts(run: JobRun) -> str:
    """Write what a run counted, without the noughts."""
    return counts_in_words(run.counts)


@register.filter
def exceptions(run: JobRun) -> str:
    """Write how many things of a run need a person; nothing of none."""
    return number_of_exceptions(run.exceptions)
