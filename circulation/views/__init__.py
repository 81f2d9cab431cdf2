"""My Library, one file a page: what a patron has, is told and has read, the card, and a feed for their calendar."""
