"""Answers to the exercises of §2.1.1: formats, crawlers, how many clips."""

from mmbook.exercises import function, number, register

register(
    "2.1.1.1",
    number(5100 * 2 / 3600, tolerance=0.02),
    "How many requests are that, and how many pauses lie between them?",
    "One file, 100 pages and 5,000 files; one pause fewer than requests; 3,600 seconds an hour.",
    wrong=(5100 / 3600, 5000 * 2 / 3600, 5100 * 2),
)
register(
    "2.1.1.2",
    number(6.02 * 8 + 1.76, tolerance=1.0),
    "np.round(sine * 128) / 128 is the rounded sine; what is the noise then?",
    "The noise is the difference; ten times the logarithm of the ratio of the two powers.",
    wrong=(6.02 * 16 + 1.76, 6.02 * 8 / 2, 6.02 * 7 - 4),
)
_RULES = [("allow", "/"), ("disallow", "/private/"), ("allow", "/private/open"), ("disallow", "/a"), ("allow", "/a")]


def _first_rule(rules: list, path: str) -> bool:
    return next((kind == "allow" for kind, prefix in rules if path.startswith(prefix)), True)


def _any_disallow(rules: list, path: str) -> bool:
    return not any(kind == "disallow" and path.startswith(prefix) for kind, prefix in rules)


register(
    "2.1.1.3",
    function(
        ((_RULES, "/gallery"), True),
        ((_RULES, "/private/list"), False),
        ((_RULES, "/private/open/day"), True),
        ((_RULES, "/abc"), True),
        (([], "/x"), True),
        (([("disallow", "/y")], "/x"), True),
        (([("disallow", "")], "/x"), False),
    ),
    "Collect all rules that fit, then choose among them by length.",
    "Pairs (length, is it allowed) can be compared: max takes the longest, and True before False.",
    wrong=(_first_rule, _any_disallow, lambda rules, path: True),
)
