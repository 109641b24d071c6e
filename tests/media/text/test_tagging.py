"""Tags against sentences that we tagged by hand after the guidelines of Universal Dependencies (UPOS)."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.media.text import clean_text, tag_words
from mmbook.media.text.tagging import JIEBA, PENN, UPOS
from mmbook.media.text.tokens import APOSTROPHES

ENGLISH = """
The/DET soup/NOUN was/AUX not/PART bad/ADJ ./PUNCT
I/PRON have/AUX never/ADV seen/VERB a/DET better/ADJ film/NOUN ./PUNCT
She/PRON wants/VERB to/PART sing/VERB in/ADP Paris/PROPN ./PUNCT
We/PRON did/AUX n't/PART go/VERB because/SCONJ it/PRON was/AUX raining/VERB ./PUNCT
My/PRON brother/NOUN bought/VERB three/NUM old/ADJ books/NOUN ,/PUNCT but/CCONJ he/PRON reads/VERB slowly/ADV ./PUNCT
Can/AUX you/PRON help/VERB me/PRON ?/PUNCT
The/DET waiter/NOUN gave/VERB us/PRON the/DET menu/NOUN at/ADP eight/NUM ./PUNCT
Nobody/PRON would/AUX call/VERB the/DET plot/NOUN tedious/ADJ ./PUNCT
This/DET hotel/NOUN has/VERB a/DET very/ADV small/ADJ garden/NOUN ./PUNCT
I/PRON think/VERB that/SCONJ the/DET trains/NOUN are/AUX really/ADV reliable/ADJ ./PUNCT
If/SCONJ it/PRON rains/VERB tomorrow/NOUN ,/PUNCT we/PRON will/AUX stay/VERB at/ADP home/NOUN ./PUNCT
The/DET students/NOUN quickly/ADV answered/VERB every/DET question/NOUN ./PUNCT
Although/SCONJ the/DET room/NOUN was/AUX dirty/ADJ ,/PUNCT the/DET view/NOUN was/AUX superb/ADJ ./PUNCT
Mary/PROPN 's/PART camera/NOUN costs/VERB 300/NUM dollars/NOUN ./PUNCT
They/PRON walked/VERB from/ADP the/DET station/NOUN to/ADP the/DET beach/NOUN ./PUNCT
"""
CHINESE = """
这/DET 部/NOUN 电影/NOUN 真的/ADV 很/ADV 好看/ADJ 。/PUNCT
我/PRON 昨天/NOUN 在/ADP 上海/PROPN 买/VERB 了/AUX 一/NUM 本/NOUN 书/NOUN 。/PUNCT
如果/SCONJ 明天/NOUN 下雨/VERB ，/PUNCT 我们/PRON 就/ADV 不/ADV 去/VERB 公园/NOUN 。/PUNCT
他/PRON 会/AUX 说/VERB 英语/NOUN 和/CCONJ 汉语/NOUN 。/PUNCT
这里/PRON 的/PART 服务员/NOUN 非常/ADV 热情/ADJ ，/PUNCT 但是/CCONJ 菜/NOUN 不/ADV 好吃/ADJ 。/PUNCT
你/PRON 吃/VERB 饭/NOUN 了/PART 吗/PART ？/PUNCT
北京/PROPN 是/AUX 中国/PROPN 的/PART 首都/NOUN 。/PUNCT
因为/SCONJ 房间/NOUN 太/ADV 小/ADJ ，/PUNCT 所以/ADV 我/PRON 没有/VERB 住/VERB 。/PUNCT
老师/NOUN 给/ADP 学生/NOUN 讲/VERB 了/AUX 三/NUM 个/NOUN 故事/NOUN 。/PUNCT
我们/PRON 应该/AUX 保护/VERB 环境/NOUN 。/PUNCT
她/PRON 高兴/ADJ 地/PART 唱/VERB 着/AUX 歌/NOUN 。/PUNCT
手机/NOUN 放/VERB 在/ADP 桌子/NOUN 上/ADP 。/PUNCT
他们/PRON 从/ADP 车站/NOUN 走/VERB 到/VERB 学校/NOUN 。/PUNCT
经理/NOUN 认为/VERB 这/DET 个/NOUN 问题/NOUN 很/ADV 重要/ADJ 。/PUNCT
孩子/NOUN 们/PART 都/ADV 喜欢/VERB 动物/NOUN 。/PUNCT
"""


def spans(pairs):
    """The words by where they begin and end, so that two ways to cut can be compared."""
    found, start = {}, 0
    for word, tag in pairs:
        found[start, start + len(word)] = tag
        start += len(word)
    return found


def agreement(text: str, space: str) -> tuple[float, float, list]:
    """The share of hand-cut words that are found, the share of these with the right tag, and the wrong ones."""
    found = right = total = 0
    wrong = []
    for line in text.strip().splitlines():
        gold = [tuple(piece.rsplit("/", 1)) for piece in line.split()]
        sentence = space.join(word for word, _ in gold).replace(" n't", "n't").replace(" 's", "'s")
        ours = [(word.word, word.tag) for word in tag_words(sentence)]
        by_span = spans(ours)
        for (place, tag), (word, _) in zip(spans(gold).items(), gold, strict=True):
            total += 1
            if place in by_span:
                found += 1
                right += by_span[place] == tag
                if by_span[place] != tag:
                    wrong.append((word, tag, by_span[place]))
    return found / total, right / found, wrong


def test_english_tags_agree_with_ours():
    cut, tagged, wrong = agreement(ENGLISH, " ")
    assert cut == 1
    assert tagged > 0.95, wrong


def test_chinese_tags_agree_with_ours():
    cut, tagged, wrong = agreement(CHINESE, "")
    assert cut > 0.8
    assert tagged > 0.9, wrong


def test_every_tag_is_one_of_the_seventeen():
    assert {*PENN.values(), *JIEBA.values()} <= set(UPOS) and len(UPOS) == 17
    text = "Wow, she's 3% quicker than 2 of the dogs @home! 👍 她跑得很快，真的！ Привет §5 שלום 4k x² ' '' '!"
    assert {word.tag for word in tag_words(text)} <= set(UPOS)


def test_both_languages_in_one_call():
    tags = {word.word: word.tag for word in tag_words("我很喜欢这部 movie，and the ending 很好!")}
    assert tags["喜欢"] == "VERB" and tags["movie"] == "NOUN" and tags["and"] == "CCONJ" and tags["the"] == "DET"


@pytest.mark.parametrize("negation", ["wasn't", "can't", "won't", "don’t", "hasn't"])
def test_a_negation_within_a_contraction_is_a_word_of_its_own(negation):
    tagged = tag_words(f"It {negation} work.")
    assert ("n't", "PART") in [(word.word, word.tag) for word in tagged]
    assert tagged[1].tag == "AUX"


@pytest.mark.parametrize("number", ["3", "1,000", "2.5", "4k"])
def test_numbers_are_numbers(number):
    assert [word.tag for word in tag_words(f"The {number} shops")] == ["DET", "NUM", "NOUN"]


def test_words_of_other_languages_are_marked_as_unknown():
    assert [word.tag for word in tag_words("Привет שלום")] == ["X", "X"]


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b"])
def test_nothing_has_no_tags(text):
    assert tag_words(text) == []


@settings(max_examples=150, deadline=None)
@given(st.text())
def test_nothing_but_spaces_is_lost(text):
    joined = "".join(word.word for word in tag_words(text))
    assert joined == "".join(clean_text(text).translate(APOSTROPHES).split())


def test_the_taggers_print_nothing_and_write_no_cache():
    code = "from mmbook.media.text import tag_words; print(len(tag_words('a good film 好看')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "" and done.stdout.strip() == "4"


@pytest.mark.parametrize("piece", ["word ", "a,", "don't ", "好看的电影", "👍好"])
@pytest.mark.timeout(30)
def test_a_long_text_without_a_full_stop_is_tagged(piece):
    assert len(tag_words(piece * 5000)) >= 5000
