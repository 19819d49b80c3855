"""BLEU and perplexity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.metrics.functional import bleu, bleu_statistics, perplexity

from .comparison import INDEPENDENT, LeftOut, Source, Told, choices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from .comparison import Vectors

    Texts = tuple[list[str], list[list[str]]]

EXACT = 1e-12
POINTS = 1e-10  # sacrebleu tells BLEU from 0 to 100
NLTK: tuple[tuple[str, dict[str, Any]], ...] = (
    *((f"nltk_corpus_method{method}", {"smoothing": method}) for method in range(8)),
    ("nltk_corpus_weights_(0.5,0.5)", {"n": 2}),
)
PERPLEXITY = {
    "perplexity": "corpus_ppl_token_weighted",
    "sentence_mean": "mean_of_sentence_ppl",
    "sentence_median": "median_of_sentence_ppl",
    "sentence_geometric_mean": "geometric_mean_of_sentence_ppl",
    "bits_per_token": "bits_per_token",
}


def told(vectors: Vectors) -> Told:
    """BLEU in both ways, then perplexity."""
    yield from _bleu(vectors.expected("image/bleu"))
    yield from _perplexity(vectors.expected("image/ppl"))


def _bleu(book: dict[str, Any]) -> Told:
    pairs = book["pairs"]
    hypotheses, references = [pair["hyp"] for pair in pairs], [pair["refs"] for pair in pairs]
    sets: dict[str, Texts] = {
        "multi_ref": (hypotheses, references),
        "single_ref": (hypotheses, [several[:1] for several in references]),
        "first_three": (hypotheses[:3], references[:3]),
        "reversed_order": (hypotheses[::-1], references[::-1]),
    }
    yield from _counts(book["whitespace_tokenised"], sets)
    yield from _nltk(book["whitespace_tokenised"], sets, f"nltk {book['versions']['nltk']}")
    yield from _sacrebleu(book["sacrebleu"], sets, f"sacrebleu {book['versions']['sacrebleu']}")
    yield LeftOut(
        "image/bleu", "`order_dependence` and `nltk_phantom_denominator` explain values compared above"
    )


def _sentences(sets: dict[str, Texts], score: Callable[..., float], **options: Any) -> list[float]:
    return [
        score([hypothesis], [several], **options)
        for texts in sets.values()
        for hypothesis, several in zip(*texts, strict=True)
    ]


def _counts(recorded: dict[str, Any], sets: dict[str, Texts]) -> Told:
    counts = [recorded[name]["counts"] for name in sets]
    yield choices(
        "bleu: matches, totals, lengths",
        "each",
        INDEPENDENT,
        [count for texts in sets.values() for count in bleu_statistics(*texts).sum(0).tolist()],
        [
            number
            for c in counts
            for number in (*c["matches"], *c["totals"], c["hyp_len"], c["ref_len_closest"])
        ],
    )
    source = Source("bleu/bleu, corpus", "sacrebleu, none, tokenizer none", INDEPENDENT, EXACT, relative=True)
    yield source.row(
        [bleu(*texts, "sacrebleu", smoothing="none", tokenizer="none") for texts in sets.values()],
        [recorded[name]["own_unsmoothed"] for name in sets],
    )


def _nltk(recorded: dict[str, Any], sets: dict[str, Texts], reference: str) -> Told:
    for key, options in NLTK:
        said = ", ".join(f"{name} {value}" for name, value in options.items())
        yield Source("bleu/bleu, corpus", f"nltk, {said}", reference, EXACT, relative=True).row(
            [bleu(*texts, **options) for texts in sets.values()], [recorded[name][key] for name in sets]
        )
    for key, method in (("nltk_sentence_default", 0), ("nltk_sentence_method1", 1)):
        yield Source(
            "bleu/bleu, each sentence", f"nltk, smoothing {method}", reference, EXACT, relative=True
        ).row(
            _sentences(sets, bleu, smoothing=method),
            [score for name in sets for score in recorded[name][key]],
        )


def _sacrebleu(recorded: dict[str, Any], sets: dict[str, Texts], reference: str) -> Told:
    for key in (key for key in recorded["multi_ref"] if not key.startswith("sentence")):
        tokenizer, smoothing = (part.partition("=")[2] for part in key.split()[:2])
        lowercase = "lowercase" in key
        protocol = f"sacrebleu, {smoothing}, tokenizer {tokenizer}" + (", lower case" if lowercase else "")
        options = {"smoothing": smoothing, "tokenizer": tokenizer, "lowercase": lowercase}
        yield Source("bleu/bleu, corpus, times 100", protocol, reference, POINTS).row(
            [100 * bleu(*texts, "sacrebleu", **options) for texts in sets.values()],
            [recorded[name][key]["score"] for name in sets],
        )
    for said, effective in (("effective_order", True), ("no_effective_order", False)):
        protocol = f"sacrebleu, exp, {said.replace('_', ' ')}"
        found = _sentences(sets, bleu, protocol="sacrebleu", effective_order=effective)
        yield Source("bleu/bleu, each sentence, times 100", protocol, reference, POINTS).row(
            100 * np.array(found),
            [score for name in sets for score in recorded[name][f"sentence_scores exp {said}"]],
        )


def _perplexity(book: dict[str, Any]) -> Told:
    losses = [-np.array(sentence) for sentence in _under(book, "natural_log_probs")]
    whole = _of(losses)
    for ours, theirs in PERPLEXITY.items():
        yield Source(f"perplexity: {ours}", "all-tokens", INDEPENDENT, EXACT, relative=True).row(
            whole[ours], book[theirs]
        )
    each = "perplexity, each sentence"
    yield Source(each, "all-tokens", INDEPENDENT, EXACT, relative=True).row(
        [_of([sentence])["perplexity"] for sentence in losses], book["per_sentence_ppl_all_tokens"]
    )
    short = _of(losses, first_token=False)["perplexity"]
    yield Source("perplexity: perplexity", "without-first", INDEPENDENT, EXACT, relative=True).row(
        short, book["corpus_ppl_without_first_token"]
    )
    recorded = _under(book, "per_sentence_ppl_without_first_token")
    kept = [(sentence, value) for sentence, value in zip(losses, recorded, strict=True) if len(sentence) > 1]
    yield Source(f"{each} of two tokens or more", "without-first", INDEPENDENT, EXACT, relative=True).row(
        [_of([sentence], first_token=False)["perplexity"] for sentence, _ in kept],
        [value for _, value in kept],
    )


def _under(book: dict[str, Any], start: str) -> Any:
    """The value of the only key that starts so."""
    (value,) = (value for key, value in book.items() if key.startswith(start))
    return value


def _of(sentences: Sequence[npt.NDArray[Any]], **options: Any) -> dict[str, Any]:
    return dict(perplexity(np.concatenate(sentences), [len(sentence) for sentence in sentences], **options))
