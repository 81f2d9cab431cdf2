"""The pages of the catalogue: results and records."""
