"""The verbs of the lowest floor: patrons and their cards, calendars, and the trace of what staff decided."""
