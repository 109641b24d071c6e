"""jieba's segmenter and tagger with the dictionary in its package: read once, without its log and its cache file."""

import functools
import warnings
from typing import Any


@functools.cache
def segmenter() -> Any:
    """The `jieba.Tokenizer` that cuts Chinese into words (reading its dictionary takes about a second)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


@functools.cache
def tagger() -> Any:
    """The `jieba.posseg.POSTokenizer` that cuts and tags Chinese, with `segmenter`'s dictionary."""
    segmenting = segmenter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from jieba import posseg
    tagging = posseg.POSTokenizer.__new__(posseg.POSTokenizer)
    tagging.tokenizer, tagging.word_tag_tab = segmenting, posseg.dt.word_tag_tab  # filled on import
    return tagging
