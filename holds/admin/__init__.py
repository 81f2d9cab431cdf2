"""What staff do around the queue: reserve, fetch, look after the hold shelf, answer requests."""

from holds.admin import pull, queue, records, requests, reservations, shelf, unfilled

__all__ = ["pull", "queue", "records", "requests", "reservations", "shelf", "unfilled"]
