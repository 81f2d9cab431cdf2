"""The demonstration library: its facts, its people, and the rehearsal that plays them."""
