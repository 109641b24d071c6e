"""Raw modality in, vector out (§2.2, §3.1, §4.2)."""
