"""Sentences that bring an object onto the canvas.

``{a}`` is the object with its article, ``{is}``, ``{goes}``, ``{sits}`` agree with it, ``{it}`` and ``{them}``
stand for it, ``{where}`` is a place, ``{doing}`` and ``{mood}`` are a person's pose and look.
"""

from __future__ import annotations

TERSE: tuple[str, ...] = (
    "{a} {where}",
    "{where} {a}",
    "add {a} {where}",
    "and {a} {where}",
    "then {a} {where}",
)

THINGS: tuple[str, ...] = (
    "there {is} {a} {where}",
    "put {a} {where}",
    "place {a} {where}",
    "{where} there {is} {a}",
    "{where} {is} {a}",
    "{where} put {a}",
    "{where} you will see {a}",
    "{where} add {a}",
    "{where} we have {a}",
    "{where} i see {a}",
    "you need {a} {where}",
    "next add {a} {where}",
    "now {a} {goes} {where}",
    "i see {a} {where}",
    "i have {a} {where}",
    "we need {a} {where}",
    "also {a} {where}",
    "{a} {is} {where}",
    "{a} {sits} {where}",
    "please add {a} {where}",
    "draw {a} {where}",
    "drop {a} {where}",
    "find {a} and put {them} {where}",
    "take {a} and place {them} {where}",
    "let 's add {a} {where}",
    "now put {a} {where}",
    "the picture has {a} {where}",
    "the scene has {a} {where}",
    "{a} can be found {where}",
    "{a} should be {where}",
    "{a} should go {where}",
    "{a} {belongs} {where}",
    "bring in {a} {where}",
    "insert {a} {where}",
    "set {a} {where}",
    "give me {a} {where}",
    "there should be {a} {where}",
    "look for {a} {it} {goes} {where}",
    "in my picture {a} {is} {where}",
    "on my screen there {is} {a} {where}",
    "another thing is {a} {where}",
    "you will want {a} {where}",
    "grab {a} and drop {them} {where}",
    "we also have {a} {where}",
    "how about {a} {where}",
    "can you add {a} {where}",
    "could you put {a} {where}",
    "pick {a} and move {them} {where}",
)

TERSE_PEOPLE: tuple[str, ...] = ("{a} {doing} {where}", "{where} {a} {doing}", "add {a} {doing} {where}")

PEOPLE: tuple[str, ...] = (
    "there is {a} {doing} {where}",
    "{where} is {a} {doing}",
    "{where} there is {a} {doing}",
    "put {a} {doing} {where}",
    "{a} is {where} {doing}",
    "{a} is {doing} {where}",
    "now {a} {doing} {where}",
    "we have {a} {doing} {where}",
    "place {a} {doing} {where}",
    "you need {a} {doing} {where}",
    "{where} i see {a} {doing}",
    "i see {a} who is {doing} {where}",
    "{a} who is {doing} goes {where}",
    "find {a} {doing} and put {them} {where}",
    "next is {a} {doing} {where}",
    "let 's place {a} {doing} {where}",
    "in the scene {a} is {doing} {where}",
    "also {a} {doing} {where}",
    "the one {doing} is {a} {it} goes {where}",
    "take {a} {doing} and set {them} {where}",
    "{where} put {a} {doing}",
    "there should be {a} {doing} {where}",
    "pick {a} that is {doing} {it} should be {where}",
    "i have {a} {doing} {where}",
)

MOODS: tuple[str, ...] = (
    "{it} looks {mood}",
    "{it} is {mood}",
    "with {a_mood} face",
    "looking {mood}",
    "{it} seems {mood}",
    "the face is {mood}",
    "{it} has {a_mood} look",
    "{it} should look {mood}",
    "with {a_mood} expression",
)

SIZES: tuple[str, ...] = (
    "{it} {is} {size}",
    "make {them} {size}",
    "{size} in size",
    "{it} should be {size}",
    "use the {size} one",
    "the size is {size}",
    "you want {them} {size}",
    "{size} please",
    "i think {it} {is} {size}",
    "size {size}",
)

FACINGS: tuple[str, ...] = (
    "{facing}",
    "{it} {is} {facing}",
    "{it} should be {facing}",
    "make sure {it} {is} {facing}",
    "with the front {facing}",
    "i see {them} {facing}",
    "and {facing}",
    "{it} must be {facing}",
    "have {them} {facing}",
)

GAZES: tuple[str, ...] = (
    "{gaze}",
    "{it} {is} {gaze}",
    "and {gaze}",
    "{it} should be {gaze}",
    "make sure {it} {is} {gaze}",
)

CUTS: tuple[str, ...] = (
    "{it} {is} {cut}",
    "{cut}",
    "and {it} {is} {cut}",
    "you can tell {it} {is} {cut}",
    "note that {it} {is} {cut}",
    "{it} should be {cut}",
    "{it} {goes} {cut}",
)

RELATIONS: tuple[str, ...] = (
    "{it} {is} {relation}",
    "and {relation}",
    "{relation}",
    "so {it} {is} {relation}",
    "{it} should be {relation}",
    "make sure {it} {is} {relation}",
    "that puts {them} {relation}",
    "you get {them} {relation}",
)
