"""Parts of speech (§2.1.2), English and Chinese through one call, in the tags of Universal Dependencies (UPOS).

English is tagged by TextBlob's pattern tagger (a lexicon and rules), Chinese by jieba (a dictionary and a hidden Markov
model). Both come with their data and use tag sets of their own, which are mapped here.
"""

import functools
import re
import unicodedata
from typing import Any, NamedTuple

from mmbook.media.text._chinese import tagger
from mmbook.media.text.tokens import APOSTROPHES, TOKEN, clean_text

UPOS = (
    *("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM"),
    *("PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"),
)
"""The seventeen parts of speech."""

SURFACE = re.compile(f"{TOKEN.pattern}|(?P<sign>\\S)")
CONTRACTION = re.compile(r"(?i)^(.+?)(n't|'(?:s|re|ve|ll|d|m))$")
SENTENCE_END = frozenset(".!?。！？")
ENGLISH_WORD = re.compile(r"(?i)[a-zà-ɏ'’]+")

PENN = {
    "CC": "CCONJ", "CD": "NUM", "DT": "DET", "EX": "PRON", "FW": "X", "IN": "ADP", "JJ": "ADJ", "LS": "X", "MD": "AUX",
    "NN": "NOUN", "NNP": "PROPN", "NNPS": "PROPN", "PDT": "DET", "POS": "PART", "PRP": "PRON", "PRP$": "PRON",
    "RB": "ADV", "RP": "ADP", "SYM": "SYM", "TO": "ADP", "UH": "INTJ", "VB": "VERB", "WDT": "PRON", "WP": "PRON",
    "WP$": "PRON", "WRB": "ADV",
}  # fmt: skip
"""UPOS of a tag of the Penn Treebank; other tags go by their first two letters (JJR as JJ)."""

JIEBA = {
    "a": "ADJ", "ad": "ADV", "an": "NOUN", "b": "ADJ", "c": "CCONJ", "d": "ADV", "df": "ADV", "e": "INTJ", "f": "ADP",
    "h": "PART", "i": "VERB", "j": "NOUN", "k": "PART", "l": "VERB", "m": "NUM", "n": "NOUN", "nr": "PROPN",
    "ns": "PROPN", "nt": "PROPN", "nz": "PROPN", "o": "INTJ", "p": "ADP", "q": "NOUN", "r": "PRON", "s": "NOUN",
    "t": "NOUN", "u": "PART", "ug": "AUX", "ul": "AUX", "uz": "AUX", "v": "VERB", "vd": "ADV", "vn": "NOUN",
    "y": "PART", "z": "ADJ", "zg": "ADV",
}  # fmt: skip
"""UPOS of a tag of jieba; a longer tag goes by its first two letters, then by its first."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BE = _words("am is are was were be been being 'm 're")
HAVE_AND_DO = _words("have has had having 've do does did doing")
SUBORDINATORS = _words("because although though if unless whereas while whether that since")
CHINESE_AUXILIARIES = _words("是 会 能 能够 可以 可能 应该 应当 必须 要 得 愿意 敢 肯")
CHINESE_DETERMINERS = _words("这 那 每 各 某 该 此 哪 这些 那些 这个 那个 这部 这道 这位 这种 那种")
CHINESE_SUBORDINATORS = _words("因为 由于 虽然 尽管 如果 要是 假如 即使 只要 只有 既然 除非 无论 不管")
CHINESE_ADVERBS = _words("很 太 最 更 真 也 都 就 才 还 又 再 不 没 非常 十分")


class TaggedWord(NamedTuple):
    """A word, its part of speech (one of UPOS), and the tag of the library that found it ("" for signs)."""

    word: str
    tag: str
    source: str


def tag_words(text: str) -> list[TaggedWord]:
    """Every word, number, emoji and sign of the cleaned text with its part of speech; joined they are all but spaces.

    Unlike `tokenize`, case stays, signs count, and a contraction is two words ("was" "n't"), as in the treebanks. Words
    of other languages get X. The first call reads the libraries' data: about two seconds for English, one for Chinese.
    """
    tagged: list[TaggedWord] = []
    latin: list[str] = []
    for match in SURFACE.finditer(clean_text(text).translate(APOSTROPHES)):
        if match.lastgroup == "han":
            tagged += _tag_english(latin)
            latin = []
            tagged += _tag_chinese(match.group())
        else:
            latin += _surface_words(match.group(), match.lastgroup)
    return tagged + _tag_english(latin)


def _surface_words(piece: str, kind: str | None) -> list[str]:
    contraction = CONTRACTION.match(piece) if kind == "word" else None
    return list(contraction.groups()) if contraction else [piece]


def _tag_english(words: list[str]) -> list[TaggedWord]:
    """The tags of words and signs without Chinese, sentence by sentence."""
    tagged: list[TaggedWord] = []
    start = 0
    for place, word in enumerate(words):
        if word in SENTENCE_END or place == len(words) - 1:
            sentence = words[start : place + 1]
            penn = [tag for _, tag in _pattern().find_tags(sentence)] if any(map(_is_english, sentence)) else sentence
            tagged += [
                TaggedWord(token, *_english_tag(token, place, sentence, penn)) for place, token in enumerate(sentence)
            ]
            start = place + 1
    return tagged


def _english_tag(word: str, place: int, words: list[str], penn: list[str]) -> tuple[str, str]:
    """UPOS and the Penn tag of a word; what the Penn tag leaves open is read off the words after it."""
    if not _is_english(word):
        return _sign_tag(word), ""
    low, tag = word.lower(), penn[place].split("-")[0]
    after = [other.split("-")[0] for other in penn[place + 1 : place + 5]]
    following = next((other for other in after if other not in ("RB", "PRP")), "")
    if low in ("not", "n't"):
        return "PART", tag
    if low in BE or (low in ("ca", "wo", "sha") and words[place + 1 : place + 2] in (["n't"], ["N'T"])):
        return "AUX", tag
    if low in HAVE_AND_DO:
        negated = words[place + 1 : place + 2] in (["not"], ["n't"])
        return ("AUX" if following[:2] == "VB" or negated else "VERB"), tag
    if low == "'s":
        return ("PART" if after[:1] and after[0][:2] in ("NN", "JJ") and not _is_subject(penn, place) else "AUX"), tag
    if low == "to":
        return ("PART" if after[:1] and after[0] in ("VB", "VBP") else "ADP"), tag
    if tag == "IN" and low in SUBORDINATORS:
        return "SCONJ", tag
    if low in ("this", "that", "these", "those"):
        return ("DET" if after[:1] and after[0][:2] in ("NN", "JJ", "CD") else "PRON"), tag
    return PENN.get(tag, PENN.get(tag[:2], "X")), tag


def _is_subject(penn: list[str], place: int) -> bool:
    """Whether what stands before "'s" is a pronoun, as in "it's": then it is a verb."""
    return place > 0 and penn[place - 1] in ("PRP", "EX", "WP", "WRB", "DT")


def _is_english(word: str) -> bool:
    return ENGLISH_WORD.fullmatch(word) is not None and any(map(str.isalpha, word))


def _sign_tag(word: str) -> str:
    """The tag of what is no English word: a number, punctuation, a symbol or emoji, or a word of another language."""
    category = unicodedata.category(word[0])[0]
    if category == "N":
        return "SYM" if "\u20e3" in word else "NUM"
    if word in tuple("%&@#*§") or category == "S" or "\u20e3" in word:
        return "SYM"
    return "PUNCT" if category == "P" else "X"


def _tag_chinese(run: str) -> list[TaggedWord]:
    pairs = [(pair.word, pair.flag) for pair in tagger().lcut(run)]
    tagged = [TaggedWord(word, _chinese_tag(word, flag), flag) for word, flag in pairs]
    for place, (word, _, flag) in enumerate(tagged):
        if word == "了" and all(other.source == "y" for other in tagged[place + 1 :]):
            tagged[place] = TaggedWord(word, "PART", flag)  # at a clause's end it speaks of the whole clause
    return tagged


def _chinese_tag(word: str, flag: str) -> str:
    """UPOS of a word with jieba's tag; single words that the tag gets wrong come first."""
    if word in CHINESE_ADVERBS:
        return "ADV"
    if word in CHINESE_AUXILIARIES and flag[:1] in "vdu":
        return "AUX"
    if word in CHINESE_DETERMINERS:
        return "DET"
    if flag[:1] == "c" and word in CHINESE_SUBORDINATORS:
        return "SCONJ"
    return JIEBA.get(flag, JIEBA.get(flag[:2], JIEBA.get(flag[:1], "X")))


@functools.cache
def _pattern() -> Any:
    """TextBlob's English parser, whose lexicon is in its package."""
    from textblob.en import parser

    return parser
