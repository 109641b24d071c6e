"""Feature-level fusion, listed by name in one place (§2.3, §3.4, §4.1, §4.3)."""
