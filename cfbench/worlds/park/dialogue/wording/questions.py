"""What the drawer says: questions, each with the teller's answers, and remarks.

``{o}`` is the object that was just told, ``{v}`` the answer;
``{is}``, ``{does}``, ``{it}`` … agree with the object.
"""

from __future__ import annotations

QUESTIONS: dict[str, tuple[str, ...]] = {
    "size": (
        "what size {is} {o}",
        "how big {is} {o}",
        "{is} {o} small or big",
        "which size for {o}",
        "size of {o}",
        "big medium or small",
        "how large should {o} be",
        "what size should i use for {o}",
        "do you see a big or a small one",
    ),
    "zone": (
        "where {is} {o}",
        "where {does} {o} go",
        "where should i put {o}",
        "which part of the picture {is} {o} in",
        "whereabouts {is} {o}",
        "position of {o}",
        "where on the page {is} {o}",
        "where exactly do you have {o}",
    ),
    "facing": (
        "which way is {o} facing",
        "which direction does {o} face",
        "is {o} facing left or is it the other side",
        "facing which way",
        "where {is} {o} looking",
        "which side does {o} look to",
        "what direction is {o} turned",
    ),
    "mood": (
        "what is the expression of {o}",
        "how does {o} look",
        "what face does {o} have",
        "is {o} happy",
        "what kind of face",
        "which mood is {o} in",
    ),
}

ANSWERS: dict[str, tuple[str, ...]] = {
    "size": ("{v}", "{v} please", "{it} {is} {v}", "the {v} one", "use {v}", "make {them} {v}"),
    "zone": ("{v}", "{it} {is} {v}", "you can put {them} {v}", "i have {them} {v}", "{it} {goes} {v}"),
    "facing": ("{v}", "{it} {is} {v}", "{it} should be {v}", "in my picture {v}", "mine is {v}"),
    "mood": ("{v}", "{v} face", "looks {v}", "it is the {v} one", "i would say {v}"),
}

REMARKS: tuple[str, ...] = (
    "got it",
    "i have that",
    "what is next",
    "next please",
    "ready for more",
    "added",
    "sure",
    "all set what else",
    "yes i see it",
    "great keep going",
    "in place",
    "anything else",
    "i placed it",
    "go on",
    "i think i have it",
    "that is in",
    "give me the next one",
    "sounds good",
)

OPENINGS: tuple[str, ...] = (
    "ready",
    "let 's begin",
    "here we go",
    "hey there",
    "are you ready",
    "let 's start",
    "hey nice to meet you",
)
