"""Text (§2.1.2), English and Chinese through one call."""

from mmbook.media.text.files import PAD, UNK, Vocabulary, clean_text, read_text, tokenize
