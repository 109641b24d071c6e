"""Text (§2.1.2): read, clean, split into tokens (English and Chinese through one call), number the tokens."""

import functools
import re
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int32

from mmbook.errors import MediaError
from mmbook.media._file import check_file, decoding

PAD, UNK = 0, 1
PAD_TOKEN, UNK_TOKEN = "<pad>", "<unk>"

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
# Marks that Python's \w leaves out although they are parts of words: accents, Hebrew and Arabic vowels, Indic signs.
MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711\u0730-\u074a"
    "\u0900-\u0963\u0966-\u109f\u0e00-\u0e7f\u0e80-\u0eff\u0f00-\u0fff\u1780-\u17ff\u200c"
)
PICTURE = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff"
)
ONE_EMOJI = f"[{PICTURE}][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*[\U000e0020-\U000e007f]*\u20e3?"
LETTER = f"(?![{HAN}{PICTURE}]|[0-9]\ufe0f?\u20e3)[^\\W_]"
WORD = f"{LETTER}(?:{LETTER}|[{MARKS}])*"
TOKEN = re.compile(
    f"(?P<emoji>[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{ONE_EMOJI}(?:\u200d{ONE_EMOJI})*)"
    f"|(?P<han>[{HAN}]+)"
    f"|(?P<number>[0-9]+(?:[.,][0-9]+)*(?!{LETTER}))"
    f"|(?P<word>{WORD}(?:'{WORD})*)"
)
APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\uff07`\u00b4", "'"))
JOINERS = re.compile("[\u200c\u200d\U000e0020-\U000e007f]")


def read_text(path: str | Path, max_bytes: int = 16_000_000) -> str:
    """The text of a UTF-8 file, with or without a byte-order mark (UTF-16 is read if it has one); it may be empty.

    Raises `MediaError` for a file that is missing, longer than `max_bytes`, in another encoding, or not text.
    """
    path = check_file(path, "a text file", allow_empty=True)
    with decoding(path, "a text file"):
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
        if len(data) > max_bytes:
            raise MediaError(f"{path}: is longer than the limit of {max_bytes:,} bytes; split it")
        return _decode(path, data)


def clean_text(text: str) -> str:
    """The text in one line: Unicode NFKC, white space collapsed to single spaces, control characters removed.

    Invisible formatting goes too (direction marks, soft hyphens), except what joins emoji and Persian letters.
    """
    removed = [c for c in set(text) if unicodedata.category(c)[0] == "C" and not c.isspace() and not JOINERS.match(c)]
    if removed:
        text = re.sub(f"[{re.escape(''.join(removed))}]", "", text)
    # A long run of combining marks would take quadratic time to bring into order; no script stacks thirty.
    marks = "".join(c for c in set(text) if unicodedata.combining(unicodedata.normalize("NFKD", c)[0]))
    if marks:
        text = re.sub(f"([{marks}]{{30}})[{marks}]+", r"\1", text)
    return " ".join(unicodedata.normalize("NFKC", text).split())


def tokenize(text: str) -> list[str]:
    """The tokens: lower-cased words and numbers, emoji, and Chinese words (segmented by jieba); no punctuation.

    An apostrophe stays within its word ("don't", "film's"), however it is typed. An emoji with its skin colour, or
    several that are joined into one, is one token. Empty text gives an empty list.
    """
    tokens: list[str] = []
    for match in TOKEN.finditer(clean_text(text).translate(APOSTROPHES).lower()):
        if match.lastgroup == "han":
            tokens += _chinese_words()(match.group())
        else:
            tokens.append(match.group())
    return tokens


@dataclass(frozen=True)
class Vocabulary:
    """Numbers for tokens: 0 is padding, 1 stands for every token that is not known, the rest by falling frequency."""

    tokens: tuple[str, ...] = (PAD_TOKEN, UNK_TOKEN)

    def __post_init__(self):
        if self.tokens[:2] != (PAD_TOKEN, UNK_TOKEN) or len(set(self.tokens)) != len(self.tokens):
            raise ValueError(f"a vocabulary begins with {PAD_TOKEN} and {UNK_TOKEN} and names each token once")

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def fit(cls, token_lists: Iterable[Sequence[str]], min_count: int = 1, max_size: int = 20_000) -> "Vocabulary":
        """The vocabulary of the tokens seen at least `min_count` times, at most `max_size` with PAD and UNK.

        Ties in frequency are broken by the token itself, so the order of the texts does not matter.
        """
        counts = Counter(token for tokens in token_lists for token in tokens)
        known = [t for t, n in counts.items() if n >= min_count and t not in (PAD_TOKEN, UNK_TOKEN)]
        known.sort(key=lambda token: (-counts[token], token))
        return cls((PAD_TOKEN, UNK_TOKEN, *known[: max(0, max_size - 2)]))

    @functools.cached_property
    def index(self) -> dict[str, int]:
        """The number of each token."""
        return {token: number for number, token in enumerate(self.tokens)}

    def encode(self, tokens: Sequence[str], length: int) -> Int32[np.ndarray, "length"]:
        """The numbers of the first `length` tokens, filled up with PAD."""
        numbers = np.full(length, PAD, np.int32)
        for position, token in enumerate(tokens[:length]):
            numbers[position] = self.index.get(token, UNK) if token != PAD_TOKEN else UNK
        return numbers

    def to_list(self) -> list[str]:
        """The tokens in order, for a JSON file."""
        return list(self.tokens)

    @classmethod
    def from_list(cls, tokens: Sequence[str]) -> "Vocabulary":
        """The vocabulary that `to_list` gave; `ValueError` if it does not begin with PAD and UNK or repeats a token."""
        return cls(tuple(tokens))


def _decode(path: Path, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding, name = "utf-16", "UTF-16"
    else:
        encoding, name = "utf-8-sig", "UTF-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise MediaError(f"{path}: is not {name} text (byte {error.start}); save it as UTF-8") from error
    if "\0" in text:
        raise MediaError(f"{path}: holds NUL characters, so it is not UTF-8 text; save it as UTF-8")
    return text


@functools.cache
def _chinese_words() -> Callable[[str], list[str]]:
    """jieba's segmentation with its own dictionary, read once (about a second), without its log and cache file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer.lcut
