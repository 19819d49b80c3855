"""Whole products while a network computes, and the application's own choice before and after."""

import pytest

torch = pytest.importorskip("torch")
from cfbench_detectors.arithmetic import computing  # noqa: E402

SWITCHES = [("cuda", "matmul"), ("cudnn", "conv"), ("mkldnn", "matmul"), ("mkldnn", "conv")]


@pytest.fixture
def state():
    if not hasattr(torch.backends.mkldnn, "matmul"):
        pytest.skip("this torch has the older switches")

    def read():
        return [getattr(getattr(torch.backends, of), what).fp32_precision for of, what in SWITCHES]

    before = read()
    yield read
    for (of, what), value in zip(SWITCHES, before, strict=True):
        getattr(getattr(torch.backends, of), what).fp32_precision = value


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_products_are_whole_whatever_the_application_chose(state, precision):
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    torch.backends.mkldnn.matmul.fp32_precision = "bf16"
    chosen = state()
    with computing("cpu", precision):
        assert state() == ["ieee"] * 4
    assert state() == chosen


def test_the_choice_comes_back_after_an_error(state):
    torch.backends.mkldnn.conv.fp32_precision = "bf16"
    with pytest.raises(ZeroDivisionError), computing("cpu", "fp32"):
        raise ZeroDivisionError
    assert state()[3] == "bf16"


def test_bfloat16_is_used_where_it_is_asked_for_alone():
    matrix = torch.ones(2, 2)
    with computing("cpu", "fp32"):
        assert (matrix @ matrix).dtype == torch.float32
        assert torch.is_inference_mode_enabled()
    with computing("cpu", "bf16"):
        assert (matrix @ matrix).dtype == torch.bfloat16
