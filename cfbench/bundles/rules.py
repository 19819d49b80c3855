"""Every rule of the check, by its id. An id keeps its meaning for ever; a rule that goes leaves its id unused.

CF1xx: the container and its manifest. CF2xx: the result, by itself. CF3xx: the predictions. CF4xx: the environment
and the card. CF5xx: whether the numbers can be what they are said to be. CF6xx: computing them again (``--deep``).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


class Rule(NamedTuple):
    """What a rule says where it is broken."""

    severity: Severity
    what: str
    fix: str = ""


_BUNDLE_AGAIN = "Write the bundle again: cfbench bundle RUN_FOLDER"
_RUN_AGAIN = "Run the command that made it again, and bundle its folder"
_EDITED = "A result is not edited by hand: run the command that made it again"

RULES: dict[str, Rule] = {
    "CF101": Rule("error", "it cannot be unpacked", _BUNDLE_AGAIN),
    "CF102": Rule("error", "it is larger than a bundle may be", "Submit its result.json alone"),
    "CF103": Rule("error", "the manifest cannot be read", _BUNDLE_AGAIN),
    "CF104": Rule("error", "the manifest is of a version that is not read", "Update cfbench, or write the bundle again"),
    "CF105": Rule("error", "a file is missing", _BUNDLE_AGAIN),
    "CF106": Rule("error", "a file is not in the manifest", _BUNDLE_AGAIN),
    "CF107": Rule("error", "a file is not what the manifest says", _BUNDLE_AGAIN),
    "CF108": Rule("error", "a bundle has no place for a file of this name", "Remove it; predictions are Parquet files"),
    "CF109": Rule("error", "it is no plain file or folder", "Put the file itself there"),
    "CF110": Rule("error", "the zip is not in the one form of a bundle", _BUNDLE_AGAIN),
    "CF111": Rule("error", "the manifest speaks of another run than the result", _BUNDLE_AGAIN),
    "CF201": Rule("error", "it cannot be read as JSON", _EDITED),
    "CF202": Rule("error", "the result is of a schema_version that is not read", "Update cfbench"),
    "CF203": Rule("error", "the result does not fit its schema", _EDITED),
    "CF204": Rule("error", "the result contradicts itself", _EDITED),
    "CF205": Rule("error", "the run id is not that of the configuration", _RUN_AGAIN),
    "CF206": Rule("error", "the result is of another configuration", _RUN_AGAIN),
    "CF207": Rule("error", "a reason why it is not ranked is left out", _EDITED),
    "CF208": Rule("error", "the digests of evidence do not belong to the scores", _RUN_AGAIN),
    "CF301": Rule("error", "it cannot be read as a file of predictions", _RUN_AGAIN),
    "CF302": Rule("error", "its columns are not those of the task", _RUN_AGAIN),
    "CF303": Rule("error", "a sample is there twice", _RUN_AGAIN),
    "CF304": Rule("error", "the samples are not as many as were asked for", _RUN_AGAIN),
    "CF305": Rule("error", "the predictions are not those that the result was scored from", _RUN_AGAIN),
    "CF306": Rule("error", "a prediction cannot be read", _RUN_AGAIN),
    "CF307": Rule("error", "a prediction is not what its own digest says", _RUN_AGAIN),
    "CF308": Rule("error", "what failed or is missing is not what the result says", _RUN_AGAIN),
    "CF309": Rule("error", "the predictions unpack to more than is looked at", "Submit the result.json alone"),
    "CF310": Rule("note", "there are no predictions, so the numbers are self-reported", "Submit a bundle"),
    "CF401": Rule("error", "what is said of the run cannot be read", _BUNDLE_AGAIN),
    "CF402": Rule("error", "the environment is not that of the result", _RUN_AGAIN),
    "CF403": Rule("error", "the card cannot be read", "Write it as plain UTF-8 Markdown below 1 MB"),
    "CF404": Rule("warning", "the card does not say how the model was made", "Add a text: cfbench bundle --card FILE"),
    "CF405": Rule("note", "tracked files differed from the commit when it ran", "Commit, and run again"),
    "CF406": Rule("note", "it was scored by another version of cfbench than this"),
    "CF501": Rule("error", "a value is outside the range of its metric", _EDITED),
    "CF502": Rule("warning", "an interval does not hold its value"),
    "CF503": Rule("error", "a signature does not fit its number", _EDITED),
    "CF504": Rule("warning", "the metric is not known here, so nothing is held against it", "Install its package"),
    "CF505": Rule("warning", "the metric is of another version than here", "Score the predictions again"),
    "CF506": Rule("error", "the metric declares something else", _EDITED),
    "CF507": Rule("warning", "the data set, or this version of it, is not known here"),
    "CF508": Rule("error", "the samples are not those of the data set", _RUN_AGAIN),
    "CF509": Rule("error", "a detector was not fit for use", "Score again with the data set's own detector"),
    "CF510": Rule("error", "a metric looked through a detector that the result does not name", _EDITED),
    "CF511": Rule("warning", "the detector is not the one of that name here"),
    "CF601": Rule("note", "the numbers could not be computed again here"),
    "CF602": Rule("error", "the predictions are not of the data set's samples", _RUN_AGAIN),
    "CF603": Rule("error", "a number computed again is another", _RUN_AGAIN),
    "CF604": Rule("note", "the numbers were computed again and agree"),
    "CF605": Rule("note", "the numbers agree, yet the evidence is not the same to the byte"),
    "CF606": Rule("warning", "computing the numbers again ended in an error"),
}  # fmt: skip
