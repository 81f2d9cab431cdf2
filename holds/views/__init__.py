"""The pages around reservations: one title, the basket, requests to staff."""
