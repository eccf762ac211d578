#!/usr/bin/env python3
"""Write golden training traces: inputs in float32, expectations computed in float64 and rounded once.

    golden.py fra|mcf OUT.safetensors [--seed N] [--steps N] [--batch N] [--set key=value ...]

Content of a file (metadata: method, steps, batch, lr and config as JSON):
    init.<name>                   parameters and buffers before the first step, under checkpoint names
    teacher.<name>                MCF only: the frozen feature network
    step<i>.view1, .view2         FRA: the two views            [N, 3, S, S]
    step<i>.images, .noise_online, .noise_target   MCF          [N, 3, S, S], [N, L], [N, L]
    step<i>.loss, step<i>.loss.<part>              expected scalars, as one-element tensors
    step0.grad.<name>             expected gradients of the first step
    step0.out.<name>              expected outputs of the first forward (FRA: z, regions, dots of the online branch on
                                  view 1; MCF: reconstructed patches)
    final.<name>                  expected parameters and buffers after the last step
    spread.<any of the above>     how far the same program in float32 ends from it: |float32 - float64| / |float64| in
                                  the Euclidean norm, one element. A measure of how sharp a comparison can be there.
Some gradients are zero in exact arithmetic (attention key biases, for one): their spread is near 1 or above, and so is
that of what an optimiser like AdamW makes of them; compare those against the size of the other tensors instead.
"""
import argparse
import json

import torch

import fra
import mcf
import tensors

TINY = {
    "fra": dict(arch="tiny", width=8, image=64, dim=32, hidden=48, regions=4, heads=8, layers=2,
                lr=0.1, steps_total=100),
    "mcf": dict(image=32, patch=8, dim=24, depth=2, heads=3, dec_dim=16, dec_depth=1, dec_heads=4, proj_hidden=40,
                proj_dim=12, teacher_patch=16, teacher_dim=24, teacher_depth=2, teacher_heads=2, teacher_taps=(0, 1),
                lr=1e-3),
}


def trace_fra(inputs, cfg, steps, dtype):
    """Replay the inputs in `dtype`: ({step entries}, {name: value after the last step})."""
    out, velocity = {}, {}
    p, b = (cast({k: inputs["init." + k] for k in names}, dtype) for names in state_names(inputs))
    for step in range(steps):
        views = [inputs[f"step{step}.view{i}"].to(dtype) for i in (1, 2)]
        if step == 0:
            names = ("z", "regions", "dots")
            values = fra.branch(p, {k: v.clone() for k, v in b.items()}, "online_net", views[0], cfg)
            out.update({"step0.out." + name: value.detach() for name, value in zip(names, values)})
        record(out, step, *fra.train_step(p, b, velocity, *views, step, cfg["lr"], cfg))
    return out, {**p, **b}


def trace_mcf(inputs, cfg, steps, dtype):
    out, state = {}, {}
    p, b = (cast({k: inputs["init." + k] for k in names}, dtype) for names in state_names(inputs))
    t = cast({k[len("teacher."):]: v for k, v in inputs.items() if k.startswith("teacher.")}, dtype)
    for step in range(steps):
        images, *noise = (inputs[f"step{step}.{k}"] for k in ("images", "noise_online", "noise_target"))
        *result, patches = mcf.train_step(p, b, t, state, images.to(dtype), *noise, cfg["lr"], cfg)
        if step == 0:
            out["step0.out.patches"] = patches
        record(out, step, *result)
    return out, {**p, **b}


def draw_inputs(method, cfg, batch, steps, generator):
    """Initial state, frozen network and batches, all float32."""
    size = (batch, 3, cfg["image"], cfg["image"])
    if method == "fra":
        *state, frozen = *fra.random_model(cfg, generator), {}
        draws = {"view1": lambda: torch.randn(size, generator=generator),
                 "view2": lambda: torch.randn(size, generator=generator)}
    else:
        *state, frozen = mcf.random_model(cfg, generator)
        length = (cfg["image"] // cfg["patch"]) ** 2
        draws = {"images": lambda: torch.randn(size, generator=generator),
                 "noise_online": lambda: torch.rand(batch, length, generator=generator),
                 "noise_target": lambda: torch.rand(batch, length, generator=generator)}
    inputs = {"init." + k: v for part in state for k, v in part.items()}
    inputs.update({"teacher." + k: v for k, v in frozen.items()})
    inputs.update({f"step{step}.{k}": draw() for step in range(steps) for k, draw in draws.items()})
    return inputs


def state_names(inputs):
    """Names of the parameters and of the buffers in the initial state."""
    names = [k[len("init."):] for k in inputs if k.startswith("init.")]
    endings = ("running_mean", "running_var", "num_batches_tracked", ".proto", "center")
    return [k for k in names if not k.endswith(endings)], [k for k in names if k.endswith(endings)]


def cast(source, dtype):
    """Copies, also where the type stays: batch norm updates its running statistics in place."""
    return {k: v.to(dtype, copy=True) if v.is_floating_point() else v.clone()
            for k, v in source.items()}


def spread(exact, rounded):
    """Relative Euclidean distance of `rounded` from `exact`, one element."""
    exact, rounded = exact.double(), rounded.double()
    return ((rounded - exact).norm() / exact.norm().clamp_min(1e-30)).reshape(1)


def record(out, step, total, parts, grads):
    out[f"step{step}.loss"] = total.reshape(1)
    out.update({f"step{step}.loss.{k}": v.reshape(1) for k, v in parts.items()})
    if step == 0:
        out.update({"step0.grad." + k: v for k, v in grads.items()})


def main():
    parser = argparse.ArgumentParser(description="write a golden training trace")
    parser.add_argument("method", choices=TINY)
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--paper", action="store_true", help="start from the published configuration, not the tiny one")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=JSON", help="override configuration entries")
    args = parser.parse_args()
    module = {"fra": fra, "mcf": mcf}[args.method]
    cfg = dict(module.PAPER, **({} if args.paper else TINY[args.method]))
    for entry in args.set:
        key, value = entry.split("=", 1)
        if key not in cfg:
            parser.error(f"unknown configuration entry '{key}'")
        try:
            cfg[key] = json.loads(value)
        except json.JSONDecodeError:
            cfg[key] = value
    inputs = draw_inputs(args.method, cfg, args.batch, args.steps, torch.Generator().manual_seed(args.seed))
    replay = {"fra": trace_fra, "mcf": trace_mcf}[args.method]
    exact, rounded = ({**steps, **{"final." + k: v for k, v in final.items()}} for steps, final in
                      (replay(inputs, cfg, args.steps, dtype) for dtype in (torch.float64, torch.float32)))
    out = {**inputs, **cast(exact, torch.float32)}
    out.update({"spread." + k: spread(v, rounded[k]).float() for k, v in exact.items() if v.is_floating_point()})
    tensors.save(args.out, out, dict(method=args.method, steps=args.steps, batch=args.batch, seed=args.seed,
                                     lr=cfg["lr"], config=json.dumps(cfg)))
    print(args.out, len(out), "tensors; losses", [round(out[f"step{s}.loss"].item(), 6) for s in range(args.steps)])


if __name__ == "__main__":
    main()
