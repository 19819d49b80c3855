"""VQA accuracy in plain loops, every answer read anew: what the fast one is measured and checked against."""

import re

from cfbench.metrics.functional._vqa_tables import ARTICLES, CONTRACTIONS, NUMBERS, SYMBOLS


def normalised(text):
    """Symbol after symbol, as the specification of the official normalisation lists its steps."""
    text = one_line(text)
    out = text
    for symbol in SYMBOLS:
        beside_space = symbol + " " in text or " " + symbol in text
        out = out.replace(symbol, "" if beside_space or re.search(r"\d,\d", text) else " ")
    out = re.sub(r"\.(?!\d)", "", out, count=32).lower()
    words = [NUMBERS.get(word, word) for word in out.split()]
    return " ".join(CONTRACTIONS.get(word, word) for word in words if word not in ARTICLES)


def one_line(text):
    return text.replace("\n", " ").replace("\t", " ").strip()


def accuracy(prediction, answers, always=False):
    """Leave each annotator out in turn and look at the others one by one."""
    prediction, answers = one_line(prediction), [one_line(answer) for answer in answers]
    if always or len(set(answers)) > 1:
        prediction, answers = normalised(prediction), [normalised(answer) for answer in answers]
    scores = []
    for left_out in range(len(answers)):
        others = answers[:left_out] + answers[left_out + 1 :]
        scores.append(min(1, sum(other == prediction for other in others) / 3))
    return sum(scores) / len(scores)
