"""What ``cfbench.metrics.functional`` offers is documented and needs no torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cfbench.errors import DataError
from cfbench.metrics import functional
from cfbench.metrics.functional._arrays import booleans, floats, same_length


@pytest.mark.parametrize("name", functional.__all__)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    assert len((getattr(functional, name).__doc__ or "").split()) >= 5


def test_no_torch_is_imported() -> None:
    code = "import sys, cfbench.metrics.functional; raise SystemExit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1.0, float("nan")], "holds NaN or infinity: 1 values"),
        ([[1.0], [2.0]], r"shape \(2, 1\): its axes should be \(samples\)"),
        (["a"], "holds no numbers"),
        ([[1], [1, 2]], "is no array"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(value: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        floats(value, "x", "samples")


def test_booleans_are_zero_or_one() -> None:
    assert booleans([0, 1.0, True], "x", "samples").tolist() == [False, True, True]
    with pytest.raises(DataError, match="neither true nor false"):
        booleans([0, 2], "x", "samples")


def test_lengths_that_differ_are_named() -> None:
    a, b = floats([1], "a", "n"), floats([1, 2], "b", "n")
    assert same_length(a=a) == 1
    with pytest.raises(DataError, match="a 1, b 2"):
        same_length(a=a, b=b)


def test_a_torch_tensor_is_taken() -> None:
    """A stand-in with the three methods that are used: torch itself is not in the base."""

    class Tensor:
        dtype = "torch.float32"

        def detach(self) -> Tensor:
            return self

        def cpu(self) -> list[float]:
            tensor = Plain([1.0, 2.0])
            tensor.dtype = "torch.float32"
            return tensor

    class Plain(list):
        dtype = ""

    assert floats(Tensor(), "x", "samples").tolist() == [1.0, 2.0]
