"""Companion package to a textbook on multimodal large models."""

__version__ = "0.1.0"
