#!/usr/bin/env python3
"""Does a golden trace of FRA decide anything in float32?  Replays it in float64 with noise.

    sensitivity.py TRACE [--noise 2e-7] [--seeds 6]

The outputs of all batch norms get normal noise of `--noise` of their root mean square, a few
roundings of float32; all else is float64.  A line a seed says how far the first output moved and how
many tensors then break the rule of `visage parity` (src/method/parity.h).  A trace in which some do
hangs on the sign of a number near zero, before a ReLU or between two that a pooling compares: a
device that breaks the rule in the same tensors is not wrong, it has rounded to the other side.
"""
import argparse
import json
import statistics

import torch
import torch.nn.functional as F

import golden
import tensors


def noisy(batch_norm, size, generator):
    def run(*args, **options):
        y = batch_norm(*args, **options)
        noise = torch.randn(y.shape, dtype=y.dtype, generator=generator)
        return y + noise * size * y.detach().square().mean().sqrt()
    return run


def replay(trace, meta, size, seed):
    inputs = {k: v for k, v in trace.items() if k.startswith("init.") or ".view" in k}
    for k in inputs:  # as parity.c does: a norm that has seen no batch
        if k.endswith(("running_mean", "running_var")):
            inputs[k] = torch.full_like(inputs[k], float(k.endswith("var")))
    plain = F.batch_norm
    F.batch_norm = noisy(plain, size, torch.Generator().manual_seed(seed))
    try:
        steps, final = golden.trace_fra(inputs, json.loads(meta["config"]), int(meta["steps"]),
                                        torch.float64)
    finally:
        F.batch_norm = plain
    return {**steps, **{"final." + k: v for k, v in final.items()}}


def group(name):
    """The tensors against whose median norm one that is zero in exact arithmetic is held."""
    parts = name.split(".")
    return ".".join(parts[:1 if parts[0] == "final" else 2]) + "."


def distance(trace, got, name):
    return (got[name].double() - trace[name].double()).norm().item()


def breaks(trace, got, name):
    spread = trace["spread." + name].item()
    if spread <= 0.1:
        allowed = (10 * spread + 1e-5) * trace[name].double().norm().item()
    else:
        allowed = 1e-5 * statistics.median(trace[n].double().norm().item() for n in trace
                                           if n.startswith(group(name)))
    return not distance(trace, got, name) <= allowed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trace")
    parser.add_argument("--noise", type=float, default=2e-7)
    parser.add_argument("--seeds", type=int, default=6)
    args = parser.parse_args()
    trace, meta = tensors.load(args.trace)
    if meta["method"] != "fra":
        parser.error(f"a trace of {meta['method']}, wanted one of fra")
    names = [n for n in trace if "spread." + n in trace]
    for seed in range(args.seeds):
        got = replay(trace, meta, args.noise, seed)
        wrong = sum(breaks(trace, got, n) for n in names)
        moved = distance(trace, got, "step0.out.z") / trace["step0.out.z"].double().norm().item()
        print(f"seed {seed}: z moved by {moved:.1e}, {wrong} of {len(names)} out of tolerance",
              flush=True)


main()
