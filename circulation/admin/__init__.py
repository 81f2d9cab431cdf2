"""The desk: lending and taking back, and the loans as staff see them."""

from circulation.admin import check_in, check_out, disputes, offline, periods, receipt, records, scanning

__all__ = ["check_in", "check_out", "disputes", "offline", "periods", "receipt", "records", "scanning"]
