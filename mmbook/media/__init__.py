"""One modality each: read, check, clean, enhance, describe (§2.1)."""
