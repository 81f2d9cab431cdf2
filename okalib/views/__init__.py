"""The pages of the house itself: the front page, opening days, coming in and going out, what went wrong."""
