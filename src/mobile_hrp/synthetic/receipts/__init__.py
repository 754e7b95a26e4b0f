"""Made-up receipts of every kind, drawn by us: seeded, with their truth, and with photo damage."""

from mobile_hrp.synthetic.receipts.drawing import KINDS, DrawnReceipt, draw_digital_invoice

__all__ = ["KINDS", "DrawnReceipt", "draw_digital_invoice"]
