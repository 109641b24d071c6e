"""Losses that draw pairs together, and measures of how well the pairs are found again (§2.2.3, §3.3, §4.2)."""

from mmbook.matching.contrastive import info_nce
from mmbook.matching.retrieval import cosine_similarity, nearest, ranks, recall_at_k
