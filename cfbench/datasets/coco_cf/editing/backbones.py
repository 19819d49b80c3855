"""What turns an image into features: a network of torchvision by name, or a TFLite or ONNX file.

The image is squashed to the network's size, bilinear. A map of features is averaged over its places in float64, so that
small edits do not vanish in rounding.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from PIL import Image as Pictures

from cfbench.errors import DataError, EnvironmentLackError, UsageError
from cfbench.files import sha256_hex

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from cfbench.tasks.base import Image

LARGEST_SIDE = 2048
NORMALISATIONS = ("imagenet", "unit", "signed", "bytes")
"""What a file with decimal inputs is given: ImageNet's mean and deviation taken out, 0 to 1, -1 to 1, or 0 to 255."""
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
_FIX = "See 'cfbench data edit-coco --help'"


class Backbone(Protocol):
    """A network that looks at one image at a time."""

    @property
    def identity(self) -> str:
        """Changes whenever a feature could, but for the rounding of machines."""

    def features(self, image: Image) -> npt.NDArray[np.float32]:
        """One vector."""


def open_backbone(spec: str, *, normalise: str = "imagenet") -> Backbone:
    """``torchvision:NAME``, ``FILE.onnx``, ``FILE.tflite``, or either file with ``#TENSOR`` for a map within it."""
    kind, _, name = spec.partition(":")
    if kind == "torchvision":
        return TorchvisionBackbone(name)
    file, _, tensor = spec.partition("#")
    path = Path(file)
    if path.suffix not in {".onnx", ".tflite"}:
        why = "it is neither torchvision:NAME nor a file that ends in .onnx or .tflite"
        raise UsageError(f"There is no backbone '{spec}'", why, _FIX)
    if not path.is_file():
        raise UsageError(f"There is no backbone '{spec}'", f"there is no file {path}", _FIX)
    if path.suffix == ".onnx":
        return OnnxBackbone(path, tensor, normalise)
    return TfliteBackbone(path, tensor, normalise)


class TorchvisionBackbone:
    """A classifier of torchvision with its published weights, without its last layer."""

    def __init__(self, name: str) -> None:
        """The weights are downloaded by torchvision at the first use."""
        try:
            import torch
            from torchvision import models
        except ImportError as error:
            raise _lacking("torchvision", "pip install 'cfbench[torch]'") from error
        if name not in models.list_models():
            raise UsageError(f"torchvision has no network '{name}'", "", _FIX)
        weights = models.get_model_weights(name).DEFAULT
        try:
            network = models.get_model(name, weights=weights)
        except OSError as error:
            why = f"its weights cannot be downloaded ({error})"
            fix = f"Put {weights.url} into torch's folder of checkpoints"
            raise EnvironmentLackError(f"torchvision's {name} cannot be used", why, fix) from error
        last = next((part for part in ("fc", "heads", "head", "classifier") if hasattr(network, part)), None)
        if last is None:
            raise UsageError(f"torchvision's {name} is no classifier of images", "", _FIX)
        setattr(network, last, torch.nn.Flatten())
        self._torch, self._network = torch, network.eval()
        self._prepare: Any = weights.transforms()
        self.identity = f"torchvision:{name}:{weights}"

    def features(self, image: Image) -> npt.NDArray[np.float32]:
        """What comes into the last layer."""
        torch = self._torch
        with torch.inference_mode():
            picture = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)).copy())
            found = self._network(self._prepare(picture)[None])[0]
        return _vector(found.numpy(), channels_first=True)


class OnnxBackbone:
    """An ONNX file by onnxruntime, on the processor with one thread."""

    def __init__(self, path: Path, tensor: str, normalise: str) -> None:
        """The only input is an image, channels first or last; without ``tensor`` the first output counts."""
        try:
            onnxruntime: Any = import_module("onnxruntime")
        except ImportError as error:
            raise _lacking("onnxruntime", "pip install onnxruntime") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime has its own kinds
            raise DataError(f"Cannot use {path}", f"it is no sound ONNX file ({error})", _FIX) from error
        given = session.get_inputs()
        names = [one.name for one in session.get_outputs()]
        if tensor and tensor not in names:
            raise UsageError(f"{path} has no output '{tensor}'", f"its outputs are: {', '.join(names)}", _FIX)
        shape = (
            [side if isinstance(side, int) else None for side in given[0].shape] if len(given) == 1 else []
        )
        self._first = len(shape) == 4 and shape[1] == 3
        if not self._first and not (len(shape) == 4 and shape[3] == 3):
            raise UsageError(f"{path} cannot be used", "its input is not one image of three colours", _FIX)
        sides = shape[2:] if self._first else shape[1:3]
        self._size = _size(path, *(224 if side is None else side for side in sides))
        self._session, self._input, self._output = session, given[0].name, tensor or names[0]
        self._prepare = _prepared(path, given[0].type, normalise)
        self.identity = f"onnx:{sha256_hex(path)}#{self._output}|{normalise}"

    def features(self, image: Image) -> npt.NDArray[np.float32]:
        """The output, averaged over places."""
        picture = self._prepare(_squashed(image, self._size))
        picture = picture.transpose(2, 0, 1) if self._first else picture
        (found,) = self._session.run([self._output], {self._input: np.ascontiguousarray(picture)[None]})
        return _vector(np.asarray(found)[0], channels_first=self._first)


class TfliteBackbone:
    """A TFLite file by LiteRT (or the runtimes that were before it), with one thread."""

    def __init__(self, path: Path, tensor: str, normalise: str) -> None:
        """``tensor`` is the number of a tensor within; without it the first output counts."""
        make = _tflite()
        try:
            with warnings.catch_warnings():  # that keeping every tensor takes memory
                warnings.simplefilter("ignore", UserWarning)
                self._network = make(
                    model_path=str(path), num_threads=1, experimental_preserve_all_tensors=bool(tensor)
                )
            self._network.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise DataError(f"Cannot use {path}", f"it is no sound TFLite file ({error})", _FIX) from error
        (given,) = self._network.get_input_details()[:1]
        shape = [int(side) for side in given["shape"]]
        if len(shape) != 4 or shape[0] != 1 or shape[3] != 3:
            raise UsageError(f"{path} cannot be used", "its input is not one image of three colours", _FIX)
        self._size = _size(path, shape[1], shape[2])
        self._input = given["index"]
        self._prepare = _prepared(path, np.dtype(given["dtype"]).name, normalise)
        every = {one["index"]: one for one in self._network.get_tensor_details()}
        wanted = self._network.get_output_details()[0]["index"]
        if tensor:
            wanted = int(tensor) if tensor.isdecimal() else -1
        if wanted not in every:
            raise UsageError(f"{path} has no tensor '{tensor}'", f"they are 0 to {max(every)}", _FIX)
        self._output, (self._scale, self._zero) = wanted, every[wanted]["quantization"]
        self.identity = f"tflite:{sha256_hex(path)}#{wanted}|{normalise}"

    def features(self, image: Image) -> npt.NDArray[np.float32]:
        """The tensor as decimal numbers, averaged over places."""
        self._network.set_tensor(self._input, self._prepare(_squashed(image, self._size))[None])
        self._network.invoke()
        found = np.asarray(self._network.get_tensor(self._output))[0].astype(np.float64)
        return _vector((found - self._zero) * self._scale if self._scale else found, channels_first=False)


def _tflite() -> Callable[..., Any]:
    for module in ("ai_edge_litert.interpreter", "tflite_runtime.interpreter", "tensorflow.lite"):
        try:
            make: Callable[..., Any] = import_module(module).Interpreter
        except ImportError:
            continue
        return make
    raise _lacking("ai-edge-litert", "pip install ai-edge-litert")


def _lacking(package: str, fix: str) -> EnvironmentLackError:
    return EnvironmentLackError("The backbone cannot be used", f"it needs the package {package}", fix)


def _size(path: Path, height: int, width: int) -> tuple[int, int]:
    if not (0 < height <= LARGEST_SIDE and 0 < width <= LARGEST_SIDE):
        raise UsageError(f"{path} cannot be used", f"its input is {width} x {height} pixels", _FIX)
    return height, width


def _squashed(image: Image, size: tuple[int, int]) -> Image:
    height, width = size
    return np.asarray(Pictures.fromarray(image).resize((width, height), Pictures.Resampling.BILINEAR))


def _prepared(path: Path, kind: str, normalise: str) -> Callable[[Image], npt.NDArray[Any]]:
    """How bytes become what the network takes."""
    if "uint8" in kind:
        return lambda image: image
    if "int8" in kind:
        return lambda image: (image.astype(np.int16) - 128).astype(np.int8)
    if "float16" in kind or "float" not in kind:
        raise UsageError(f"{path} cannot be used", f"its input is of {kind}", _FIX)
    ways: dict[str, Callable[[npt.NDArray[np.float32]], npt.NDArray[Any]]] = {
        "imagenet": lambda image: (image / 255 - _MEAN) / _DEVIATION,
        "unit": lambda image: image / 255,
        "signed": lambda image: image / np.float32(127.5) - 1,
        "bytes": lambda image: image,
    }
    way = ways[normalise]
    return lambda image: way(image.astype(np.float32)).astype(np.float32)


def _vector(found: npt.NDArray[Any], *, channels_first: bool) -> npt.NDArray[np.float32]:
    """Averaged over all axes but that of channels."""
    if found.ndim == 0:
        raise UsageError("The backbone cannot be used", "its output is one number, not a vector", _FIX)
    if found.ndim > 1:
        moved = found if channels_first else np.moveaxis(found, -1, 0)
        found = moved.reshape(len(moved), -1).mean(axis=1, dtype=np.float64)
    vector: npt.NDArray[np.float32] = found.astype(np.float32)
    if not np.isfinite(vector).all():
        raise DataError(
            "The backbone cannot be used", "its features are not finite", "Try another normalisation"
        )
    return vector
