"""Stop words (§2.1.2), English and Chinese in one set, that leave a sentence's meaning: negations and degrees stay."""

import functools
import re
from collections.abc import Sequence

from mmbook.media.text.tokens import APOSTROPHES, clean_text, tokenize


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATIONS = _words(
    """
    no not nor never neither none nobody nothing nowhere noone cannot without hardly barely scarcely cant couldnt hasnt
    不 没 没有 没能 没人 无 无法 未 未曾 非 别 勿 莫 不是 不能 不会 不要 不必 不用 不再 不曾 不够 不太 不大
    从不 从未 从没 并不 并非 并未 绝不 绝非 毫不 毫无 决不 尚未 没什么 谈不上 算不上 称不上
    """
)
"""Words that turn a sentence round; contractions with "n't" count too (`is_negation`). scikit-learn's list has "cant",
"couldnt" and "hasnt" without their apostrophe."""

DEGREES = _words(
    """
    very so too more most much less least few enough almost rather quite only even still
    很 太 非常 十分 特别 极 极其 最 更 更加 比较 相当 挺 真 真的 好 有点 有些 稍 稍微 略 越 只 还 几乎 一点
    """
)
"""Words that make a statement stronger or weaker."""

CONTRASTS = _words(
    """
    but although though however yet nevertheless while whereas despite except
    但 但是 可是 不过 然而 却 虽然 尽管 只是 而
    """
)
"""Words that say which of two statements counts."""

CONTENT = _words(
    """
    amount bill bottom call computer con cry de describe detail due empty fill find fire found front full interest keep
    mill mine move name part serious show side sincere system take thick thin top un well whole
    """
)
"""Words with a meaning of their own that scikit-learn's English list holds all the same; kept."""

CHINESE = _words(
    """
    的 了 着 过 地 得 之 所 与 和 及 以及 或 或者 并 并且 而且 也 都 就 又 再 才 便 则 因 因为 由于 所以 因此 于是
    如果 若 要是 只要 只有 即使 那么 这么 这样 那样 怎么 怎样 什么 哪 哪个 哪里 谁 几 多少 是 有 在 为 为了 以 于
    从 自 向 往 对 对于 关于 把 被 让 给 跟 同 比 按 按照 通过 由 到 至 等 等等 们 我 你 您 他 她 它 我们 你们
    他们 她们 它们 咱们 自己 大家 这 那 这个 那个 这些 那些 这里 那里 这部 这道 这位 此 该 其 其中 每 各 某 本
    一 一个 一些 一种 一样 个 些 位 种 次 上 下 里 中 内 外 前 后 时 时候 当 已 已经 曾 曾经 正 正在 将 将要 会 能
    能够 可 可以 可能 应该 要 想 说 去 来 起来 出来 下去 吗 呢 吧 啊 呀 嘛 哦 哎 嗯 啦 么 还是 还有 另外 另 然后
    接着 最后 首先 其次 例如 比如 即 也就是说 总之
    不 没 没有 无 未 非 别 不是 不能 不会 不要 没什么
    但 但是 可是 不过 然而 却 虽然 尽管 只是 而
    很 太 非常 十分 最 更 比较 真 好 有点 有些 只 还
    """
)
"""Our own list: particles, pronouns, prepositions, conjunctions, auxiliaries; the negations, contrasts and degrees that
common lists hold are in it too, so that `stop_words(keep_negations=False)` shows what those lists do."""

CLAUSE_END = re.compile(r"[.,;:!?。，；：！？、…]+(?!\d)")


@functools.cache
def stop_words(keep_negations: bool = True, keep_degrees: bool = True, keep_contrasts: bool = True) -> frozenset[str]:
    """The words to leave out, English (scikit-learn's list less `CONTENT`) and Chinese (`CHINESE`) together.

    Negations ("not", 不), degrees ("very", 很) and contrasts ("but", 但) stay unless told otherwise: without them a
    sentence says something else. scikit-learn's list has faults of its own (Nothman et al. 2018).
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    words = (ENGLISH_STOP_WORDS - CONTENT) | CHINESE
    for keep, kept in ((keep_negations, NEGATIONS), (keep_degrees, DEGREES), (keep_contrasts, CONTRASTS)):
        if keep:
            words -= kept
    return words


def is_negation(token: str) -> bool:
    """Whether the token, as `tokenize` gives it, turns a statement round: "not", "wasn't", 不, 没有."""
    return token in NEGATIONS or token.endswith("n't")


def remove_stop_words(tokens: Sequence[str], words: frozenset[str] | None = None) -> list[str]:
    """The tokens that are not in `words`, which are `stop_words()` unless given; negations stay by default.

    If "not" is to go (`keep_negations=False`), so do contractions with "n't".
    """
    words = stop_words() if words is None else words
    without_not = "not" in words
    return [token for token in tokens if token not in words and not (without_not and token.endswith("n't"))]


def mark_negation(text: str) -> list[str]:
    """The text's tokens, those after a negation with "not_" before them, up to the clause's end (Pang et al. 2002).

    So "not good" gives a word of its own, not_good, which a bag of words can learn. A clause ends at punctuation and at
    a contrast ("but", 但). A second negation in the clause turns the marking off again.
    """
    marked: list[str] = []
    for clause in CLAUSE_END.split(clean_text(text).translate(APOSTROPHES)):
        negated = False
        for token in tokenize(clause):
            negated &= token not in CONTRASTS
            marked.append(f"not_{token}" if negated and not is_negation(token) else token)
            negated ^= is_negation(token)
    return marked
