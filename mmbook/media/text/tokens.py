"""Text in units (§2.1.2): cleaned, cut into words or characters, English and Chinese through one call."""

import re
import unicodedata

from mmbook.media.text._chinese import segmenter

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
EMOJI = f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{ONE_EMOJI}(?:\u200d{ONE_EMOJI})*"
TOKEN = re.compile(
    f"(?P<emoji>{EMOJI})|(?P<han>[{HAN}]+)|(?P<number>[0-9]+(?:[.,][0-9]+)*(?!{LETTER}))|(?P<word>{WORD}(?:'{WORD})*)"
)
CHARACTER = re.compile(f"{EMOJI}|.")
APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\uff07`\u00b4", "'"))
JOINERS = re.compile("[\u200c\u200d\U000e0020-\U000e007f]")


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
            tokens += segmenter().lcut(match.group())
        else:
            tokens.append(match.group())
    return tokens


def characters(text: str) -> list[str]:
    """The characters of the cleaned text as a reader counts them, spaces included; joined they are the text again.

    An accent stays with its letter, and an emoji that is joined out of several code points is one character.
    """
    found: list[str] = []
    for match in CHARACTER.finditer(clean_text(text)):
        piece = match.group()
        if found and len(piece) == 1 and (unicodedata.category(piece)[0] == "M" or JOINERS.match(piece)):
            found[-1] += piece
        else:
            found.append(piece)
    return found
