"""Two processes under gloo update one metric each; both must compute what one process computes of all samples."""

from __future__ import annotations

import sys
from pathlib import Path

import torch.distributed as distributed
from seen_shapes import FixedEyes, editing_samples, reference_values
from torch import multiprocessing, set_num_threads

from cfbench.torchmetrics import as_torchmetric

SHARES = [(slice(0, 9), slice(7, 11)), (slice(0, 11), slice(0, 0)), (slice(0, 1), slice(1, 11))]


def work(rank: int, folder: str) -> None:
    set_num_threads(1)
    store = Path(folder) / "meeting"
    distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    samples = editing_samples(11)
    try:
        for name, eyes in (("pixel", None), ("objects", {"objects": FixedEyes()})):
            wanted = reference_values(name, samples)
            for shares in SHARES:
                metric = as_torchmetric(name, eyes)
                for one in samples[shares[rank]]:
                    metric.update([one])
                found = {key: value.item() for key, value in metric.compute().items()}
                if found != wanted:
                    message = f"rank {rank}, {name}, {shares}: {found} for {wanted}"
                    raise SystemExit(message)
    finally:
        distributed.destroy_process_group()


if __name__ == "__main__":
    # Forked, as each would take seconds to bring in torch again; nothing here has started a thread.
    multiprocessing.start_processes(work, (sys.argv[1],), nprocs=2, start_method="fork")
    sys.stdout.write("equal on both ranks\n")
