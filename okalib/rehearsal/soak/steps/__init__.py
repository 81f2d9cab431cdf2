"""What may happen in a life, by who does it: each step does it in the program and in the model (okalib…soak.model).

registry   what a step is      patrons    reservations and loans        staff      desk, shelves and bags
calendars  closures            timetable  days go by with their jobs    decisions  disputes, blocks, who goes first
"""

from okalib.rehearsal.soak.steps import calendars, decisions, patrons, staff, timetable
from okalib.rehearsal.soak.steps.registry import STEPS, Step

__all__ = ["STEPS", "Step", "calendars", "decisions", "patrons", "staff", "timetable"]
