"""Staff at the outbox: what was sent to whom, whom to telephone, and the texts (NTF-3, NTF-4, PAT-4)."""

from notifications.admin import notices, phone, texts

__all__ = ["notices", "phone", "texts"]
