#!/usr/bin/env python3
"""Seconds a batch of `han` in PyTorch, on the weights and flows of `flowcase bench`.

    flowcase bench CAPTURE --model han.safetensors --flows 64 --rounds 3 --training-steps 3 --export flows.safetensors
    python bench/han_reference.py han.safetensors flows.safetensors --threads 2

The network is torch.nn.LSTM over packed sequences, bytes of all packets of the batch together, then packets. Inference and
a training step (forward, backward, Adam) are timed, and probabilities compared. Needs torch and safetensors.
"""

import argparse
import statistics
import time

import torch
from safetensors import safe_open
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Level(nn.Module):
    def __init__(self, w, name, attention):
        super().__init__()
        inputs, units = w[f"{name}.forward.weight_input"].shape[1], w[f"{name}.forward.weight_hidden"].shape[1]
        self.lstm = nn.LSTM(inputs, units, bidirectional=True, batch_first=True)
        with torch.no_grad():
            for direction, suffix in (("forward", ""), ("backward", "_reverse")):
                for own, theirs in (("weight_input", "weight_ih"), ("weight_hidden", "weight_hh"), ("bias", "bias_ih")):
                    getattr(self.lstm, f"{theirs}_l0{suffix}").copy_(w[f"{name}.{direction}.{own}"])
                getattr(self.lstm, f"bias_hh_l0{suffix}").zero_()
        self.weight = nn.Parameter(w[f"{attention}.weight"].clone())
        self.bias = nn.Parameter(w[f"{attention}.bias"].clone())
        self.context = nn.Parameter(w[f"{attention}.context"].clone())

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        h, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        scores = torch.tanh(nn.functional.linear(h, self.weight, self.bias)) @ self.context
        absent = torch.arange(h.shape[1]) >= lengths[:, None]
        alpha = torch.softmax(scores.masked_fill(absent, -torch.inf), dim=1)
        return torch.bmm(alpha[:, None], h)[:, 0]


class HAN(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.bytes, self.packets = Level(w, "bytes", "byte_attention"), Level(w, "packets", "attention")
        for name in ("hidden", "output"):
            layer = nn.Linear(*reversed(w[f"{name}.weight"].shape))
            with torch.no_grad():
                layer.weight.copy_(w[f"{name}.weight"])
                layer.bias.copy_(w[f"{name}.bias"])
            setattr(self, name, layer)

    def forward(self, values, sizes, lengths):
        present = sizes > 0
        read = self.bytes(values[present][:, : sizes.max(), None], sizes[present])
        vectors = torch.zeros(*sizes.shape, read.shape[1])
        vectors[present] = read
        return self.output(torch.relu(self.hidden(self.packets(vectors, lengths))))


def timed(rounds, run):
    run()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main():
    parser = argparse.ArgumentParser(description="Seconds a batch of han in PyTorch.")
    parser.add_argument("model")
    parser.add_argument("inputs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--no-training", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with safe_open(arguments.model, framework="pt") as file:
        metadata = file.metadata()
        weights = {name: file.get_tensor(name) for name in file.keys()}
    with safe_open(arguments.inputs, framework="pt") as file:
        x, lengths, sizes, given = (file.get_tensor(n) for n in ("x", "lengths", "sizes", "probabilities"))
    x, lengths, sizes, given = x[:64], lengths[:64].long(), sizes[:64].long(), given[:64]
    sign = -1.0 if metadata["flowcase.loss"] == "cost-sensitive" else 1.0
    model = HAN(weights)
    with torch.inference_mode():
        outputs = model(x, sizes, lengths)
        probabilities = torch.softmax(sign * outputs / float(metadata["flowcase.temperature"]), dim=1)
        seconds = timed(arguments.rounds, lambda: model(x, sizes, lengths))
    print(f"flows {len(x)}, packets {int((sizes > 0).sum())}, bytes {int(sizes.sum())}, threads {arguments.threads}")
    print(f"largest difference of a probability {float((probabilities - given).abs().max()):.1e}")
    print(f"inference {seconds:.3f} s a batch")
    if arguments.no_training:
        return
    optimiser = torch.optim.Adam(model.parameters(), lr=0.001)
    labels = torch.zeros(len(x), dtype=torch.long)

    def step():
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(x, sizes, lengths), labels).backward()
        optimiser.step()

    print(f"training {timed(arguments.rounds, step):.3f} s a batch")


if __name__ == "__main__":
    main()
