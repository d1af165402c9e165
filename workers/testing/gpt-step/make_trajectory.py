"""Losses of the first 20 training steps of the small GPT that speed is measured on, by PyTorch in float64.

Weights and tokens come from formulas (workers/node/bench/gpt.ts has the same), so that only the losses
are stored: python3 make_trajectory.py > trajectory.json
"""

import json
import math

import numpy as np
import torch
import torch.nn.functional as F

C, LAYERS, HEADS, T, B, V, STEPS = 128, 4, 4, 128, 8, 256, 20


def mixed(seed, i):
    """A well-mixed 32-bit word of a seed and indices (the finaliser of MurmurHash3)."""
    x = (np.asarray(i, dtype=np.uint64) * 2_654_435_761 + seed * 40_503) % 2**32
    x ^= x >> np.uint64(16)
    x = x * 0x85EBCA6B % 2**32
    x ^= x >> np.uint64(13)
    x = x * 0xC2B2AE35 % 2**32
    return x ^ (x >> np.uint64(16))


def parameters():
    """Name, shape, and what it starts with (None: drawn), in the order of the forward pass."""
    yield "embed.weight", (V, C), None
    yield "pos_embed.weight", (T, C), None
    for layer in range(LAYERS):
        block = f"blocks.{layer}"
        yield f"{block}.ln1.weight", (C,), 1.0
        yield f"{block}.ln1.bias", (C,), 0.0
        yield f"{block}.attn.qkv.weight", (C, 3 * C), None
        yield f"{block}.attn.qkv.bias", (3 * C,), 0.0
        yield f"{block}.attn.out.weight", (C, C), None
        yield f"{block}.attn.out.bias", (C,), 0.0
        yield f"{block}.ln2.weight", (C,), 1.0
        yield f"{block}.ln2.bias", (C,), 0.0
        yield f"{block}.mlp.in.weight", (C, 4 * C), None
        yield f"{block}.mlp.in.bias", (4 * C,), 0.0
        yield f"{block}.mlp.out.weight", (4 * C, C), None
        yield f"{block}.mlp.out.bias", (C,), 0.0
    yield "ln_final.weight", (C,), 1.0
    yield "ln_final.bias", (C,), 0.0


def draw():
    weights = {}
    for index, (name, shape, start) in enumerate(parameters()):
        n = int(np.prod(shape))
        if start is None:
            data = (mixed(index + 1, np.arange(n)) / 2**32 - 0.5) * 2 * math.sqrt(3) * 0.02
            data = data.astype(np.float32)
        else:
            data = np.full(n, start, dtype=np.float32)
        weights[name] = torch.tensor(data.astype(np.float64).reshape(shape), requires_grad=True)
    return weights


def batch(step):
    start = mixed(9_001, step * B + np.arange(B)) % V
    stride = 1 + np.arange(B) % 3
    t = np.arange(T + 1)
    rows = (start.astype(np.int64)[:, None] + t[None, :] * stride[:, None]) % V
    return torch.tensor(rows[:, :-1]), torch.tensor(rows[:, 1:])


def loss_of(w, ids, targets):
    x = w["embed.weight"][ids] + w["pos_embed.weight"][None]
    mask = torch.ones(T, T, dtype=torch.bool).tril()
    for layer in range(LAYERS):
        name = f"blocks.{layer}"
        h = F.layer_norm(x, (C,), w[f"{name}.ln1.weight"], w[f"{name}.ln1.bias"], 1e-5)
        qkv = h @ w[f"{name}.attn.qkv.weight"] + w[f"{name}.attn.qkv.bias"]
        q, k, v = (p.view(B, T, HEADS, C // HEADS).transpose(1, 2) for p in qkv.split(C, -1))
        scores = q @ k.transpose(-1, -2) / math.sqrt(C // HEADS)
        pattern = scores.masked_fill(~mask, -math.inf).softmax(-1)
        z = (pattern @ v).transpose(1, 2).reshape(B, T, C)
        x = x + z @ w[f"{name}.attn.out.weight"] + w[f"{name}.attn.out.bias"]
        h = F.layer_norm(x, (C,), w[f"{name}.ln2.weight"], w[f"{name}.ln2.bias"], 1e-5)
        h = h @ w[f"{name}.mlp.in.weight"] + w[f"{name}.mlp.in.bias"]
        h = 0.5 * h * (1 + torch.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h**3)))
        x = x + h @ w[f"{name}.mlp.out.weight"] + w[f"{name}.mlp.out.bias"]
    x = F.layer_norm(x, (C,), w["ln_final.weight"], w["ln_final.bias"], 1e-5)
    return F.cross_entropy((x @ w["embed.weight"].T).view(-1, V), targets.reshape(-1))


def main():
    torch.manual_seed(0)
    w = draw()
    decayed = [p for p in w.values() if p.dim() > 1]
    others = [p for p in w.values() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
        lr=1e-3, betas=(0.9, 0.95), eps=1e-8,
    )
    losses = []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(w, *batch(step))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(w.values()), 1.0)
        optimizer.step()
        losses.append(float(loss))
    print(json.dumps({"torch": torch.__version__, "parameters": sum(p.numel() for p in w.values()), "losses": losses}, indent=2))


main()
