"""From weights on disk to a network, by open_clip's own code and without its side effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, DataError, EnvironmentLackError, in_one_line
from cfbench_detectors.clip.preparation import Preparation
from cfbench_detectors.hub import contained

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from cfbench_detectors.clip.checkpoint import Checkpoint


@dataclass(frozen=True)
class Network:
    """A CLIP network that is ready, and what goes before it."""

    model: Any  # an open_clip model: encode_image, encode_text, logit_scale
    tokenize: Callable[..., torch.Tensor]
    prepare: Preparation
    context_length: int
    width: int


def load_network(checkpoint: Checkpoint, *, device: str, precision: str, offline: bool) -> Network:
    """The network with its weights in float32, for evaluation, on a device.

    Raises:
        DataError: The weights, the configuration, or both together are no CLIP network.
        EnvironmentLackError: A part of it, such as the tokenizer of another text network, is not on this machine.
    """
    import open_clip

    try:
        with contained(offline=offline):
            model: Any = open_clip.create_model(
                checkpoint.model,
                precision="fp32",
                device=device,
                require_pretrained=True,
                weights_only=True,
                **checkpoint.options,
            )
            tokenize = open_clip.get_tokenizer(checkpoint.model)
            config = open_clip.get_model_config(checkpoint.model)
            prepare = Preparation.of(model.visual.preprocess_cfg)
    except CfbenchError:
        raise
    except (OSError, ImportError) as error:
        raise EnvironmentLackError(
            f"A part of the CLIP model {checkpoint.name} is not on this machine",
            in_one_line(error)[:300],
            "Run the same command without --offline; towers of other libraries need pip install 'cfbench[diffusion]'",
        ) from error
    except Exception as error:  # whatever a configuration and weights of strangers lead to
        raise DataError(
            f"{checkpoint.weights} does not make a CLIP model with its configuration",
            in_one_line(error)[:300],
        ) from error
    model = model.eval().requires_grad_(False)  # noqa: FBT003 - torch's signature
    if precision == "bf16":
        _attend_in_order(model)
    return Network(model, tokenize, prepare, int(tokenize.context_length), int(config["embed_dim"]))


def _attend_in_order(model: torch.nn.Module) -> None:
    """Lay what attention reads in memory as attention walks over it; its values stay the same.

    torch turns batch and sequence round by strides alone. Its bfloat16 product then copies the weights once for each
    place of the sequence: ViT-B/32 takes eight times as long.
    """
    from torch.nn import MultiheadAttention

    def laid_out(attention: Any, given: tuple[Any, ...]) -> tuple[Any, ...] | None:
        query, key, value, *rest = given
        if not (attention.batch_first and query.ndim == 3 and query is key and key is value):
            return None
        same = query.transpose(0, 1).contiguous().transpose(0, 1)
        return (same, same, same, *rest)

    for module in model.modules():
        if isinstance(module, MultiheadAttention):
            module.register_forward_pre_hook(laid_out)
