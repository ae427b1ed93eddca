"""Names of topics: `<kind>.<name>`, and `<kind>.*` for all topics of a kind."""

from __future__ import annotations


def is_pattern(topic: str) -> bool:
    """Whether it stands for all topics of a kind."""
    return topic.partition(".")[2] == "*"


def pattern_of(topic: str) -> str:
    """The pattern that matches a topic."""
    return f"{topic.partition('.')[0]}.*"


def overlap(one: str, other: str) -> bool:
    """Whether an event may belong to both."""
    return one in (other, pattern_of(other)) or other == pattern_of(one)
