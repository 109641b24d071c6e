"""What a site asks of robots (RFC 9309), on top of Python's `urllib.robotparser`.

Python takes the first rule that fits and ends a group at an empty line; the standard takes the longest rule. So the
rules are put in order before Python reads them. Python knows no wildcards: a rule with one is obeyed here as if it were
meant for us, whomever it names.
"""

import math
import re
import urllib.robotparser
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Robots:
    """The rules of a robots.txt."""

    rules: urllib.robotparser.RobotFileParser
    patterns: tuple[re.Pattern, ...]

    def allows(self, agent: str, url: str) -> bool:
        """Whether a robot of this name may fetch the address."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return self.rules.can_fetch(agent, url) and not any(pattern.match(path) for pattern in self.patterns)

    def delay(self, agent: str) -> float:
        """The seconds between two requests that the site asks for; 0 where it asks for none."""
        rate = self.rules.request_rate(agent)
        pause = (self.rules.crawl_delay(agent) or 0) / 1000
        return max(pause, rate.seconds / max(rate.requests, 1) if rate else 0.0)


def parse_robots(text: str) -> Robots:
    """The rules that the text states; an empty text allows everything."""
    lines, group, patterns = [], [], []
    for line in text.splitlines():
        name, _, value = (part.strip() for part in line.split("#")[0].partition(":"))
        name = name.lower()
        if name == "user-agent" and group and group[-1][0] != "user-agent":
            lines, group = lines + _longest_first(group), []
        if name == "disallow" and re.search(r"\*|\$$", value):
            patterns.append(_pattern(value))
        elif name == "crawl-delay":
            group.append((name, _milliseconds(value)))
        elif name in ("user-agent", "allow", "disallow", "request-rate"):
            group.append((name, value))
    rules = urllib.robotparser.RobotFileParser()
    rules.parse([f"{name}: {value}" for name, value in lines + _longest_first(group)])
    return Robots(rules, tuple(patterns))


def _longest_first(group: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A group with its rules in the order of their length; of two equal ones the one that allows comes first."""
    rules = [(name, value) for name, value in group if name in ("allow", "disallow")]
    rest = [(name, value) for name, value in group if name not in ("allow", "disallow")]
    return rest + sorted(rules, key=lambda rule: (-len(rule[1]), rule[0]))


def _milliseconds(value: str) -> str:
    """Seconds as whole milliseconds, since Python reads whole numbers alone; "0" for what is no number."""
    try:
        seconds = float(value)
    except ValueError:
        return "0"
    return str(math.ceil(1000 * min(seconds, 1e6))) if seconds > 0 else "0"


def _pattern(value: str) -> re.Pattern:
    ends = value.endswith("$")
    body = ".*".join(re.escape(part) for part in value.removesuffix("$").split("*"))
    return re.compile(body + ("$" if ends else ""))
