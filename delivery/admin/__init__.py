"""What the cooperation desk does: runs, packing, bags, their papers, shifts, the emergency closure; and the figures."""

from delivery.admin import bags, emergency, figures, packing, papers, plan, records, runs, shifts, start

__all__ = ["bags", "emergency", "figures", "packing", "papers", "plan", "records", "runs", "shifts", "start"]
