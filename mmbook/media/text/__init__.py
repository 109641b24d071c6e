"""Text (§2.1.2), English and Chinese through one call."""

from mmbook.media.text.byte_pairs import BytePairs
from mmbook.media.text.encoding import coverage, masked_mean, pad_batch, unknown_rate
from mmbook.media.text.files import read_text
from mmbook.media.text.stop_words import is_negation, mark_negation, remove_stop_words, stop_words
from mmbook.media.text.tagging import TaggedWord, tag_words
from mmbook.media.text.tokens import characters, clean_text, tokenize
from mmbook.media.text.vocabulary import PAD, UNK, Vocabulary
