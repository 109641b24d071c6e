"""Text (§2.1.2), English and Chinese through one call."""

from mmbook.media.text.files import read_text
from mmbook.media.text.tokens import characters, clean_text, tokenize
from mmbook.media.text.vocabulary import PAD, UNK, Vocabulary
