"""From untrusted file bytes to receipt fields: intake, e-file readers, QR, OCR engines."""
