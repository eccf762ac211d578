#!/usr/bin/env python3
"""Writes the tensors of a PyTorch file (.pth, .pt, .pth.tar) as a safetensors file.

    pth_to_safetensors.py IN.pth OUT.safetensors [--entry NAME]

Tensors keep their names, shapes and types; `visage convert` knows what published files call them.
Of a checkpoint that holds more (an optimiser, an epoch) the weights are the entry `state_dict` or
`model`, or the one --entry names; a file that is a dictionary of tensors is taken whole. What is no
tensor within it is named and left out.

Nothing in IN is run: it is loaded with weights_only=True, which refuses a pickle that holds other
objects. Training programs often keep their options in one; --allow-namespace accepts argparse's
Namespace, a plain record, and nothing else.
"""
import argparse
import sys

import torch

import tensors as safetensors

ENTRIES = ("state_dict", "model")


def fail(message):
    sys.exit(f"pth_to_safetensors: {message}")


def load(path, allow_namespace):
    if allow_namespace:
        torch.serialization.add_safe_globals([argparse.Namespace])
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:   # whatever a damaged or hostile file makes of it
        reason = str(error).strip().splitlines() or [type(error).__name__]
        hint = " (--allow-namespace accepts it)" if "argparse.Namespace" in str(error) else ""
        fail(f"{path}: cannot be loaded: {reason[0]}{hint}")


def is_tensors(value):
    return isinstance(value, dict) and any(torch.is_tensor(item) for item in value.values())


def weights_of(path, content, entry):
    """The dictionary of tensors in what was loaded."""
    if entry is not None:
        if not isinstance(content, dict) or entry not in content:
            fail(f"{path}: has no entry '{entry}'")
        content = content[entry]
    elif not is_tensors(content) and isinstance(content, dict):
        found = [name for name in ENTRIES if is_tensors(content.get(name))]
        if len(found) != 1:
            there = ", ".join(sorted(str(name) for name in content)) or "nothing"
            fail(f"{path}: which entry are the weights? --entry names it; there are: {there}")
        content = content[found[0]]
    if not is_tensors(content):
        fail(f"{path}: holds no dictionary of tensors")
    return content


def convert(source, target, entry=None, allow_namespace=False):
    """Returns how many tensors were written and the names that are no tensors."""
    weights = weights_of(source, load(source, allow_namespace), entry)
    kept = {str(name): value for name, value in weights.items() if torch.is_tensor(value)}
    known = safetensors.DTYPES.values()
    odd = [name for name, value in kept.items() if value.dtype not in known]
    if odd:
        fail(f"{source}: tensor '{odd[0]}' is {kept[odd[0]].dtype}, which a safetensors file of "
             "this program does not hold")
    safetensors.save(target, kept)
    return len(kept), sorted(str(name) for name in weights if str(name) not in kept)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", metavar="IN")
    parser.add_argument("target", metavar="OUT")
    parser.add_argument("--entry", help="the entry that holds the weights")
    parser.add_argument("--allow-namespace", action="store_true",
                        help="accept an argparse.Namespace in IN")
    words = parser.parse_args()
    try:
        count, left = convert(words.source, words.target, words.entry, words.allow_namespace)
    except OSError as error:
        fail(error)
    for name in left:
        print(f"pth_to_safetensors: left out '{name}', no tensor", file=sys.stderr)
    print(f"{words.target}: {count} tensors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
