#!/usr/bin/env python3
"""Seconds a batch of training in Flowcase and in PyTorch, in one run, on the same weights and flows.

    python bench/training_reference.py FLOWCASE CAPTURES --labels FILE

For each architecture the program trains a model for one epoch, only to have its file, and times training steps (forward,
backward, Adam) on a batch of 64 flows; then PyTorch runs the same batch through the same weights, first to compare
probabilities, then to time the same steps. This is done several times, in turns, on one thread, and the table gives
medians. The PyTorch networks are torch.nn.LSTM over packed sequences (of `han`, the bytes of all packets of the
batch together, then packets), Conv1d and MaxPool1d. Needs torch and safetensors.
"""

import argparse
import os
import re
import statistics
import subprocess
import tempfile
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


class Head(nn.Module):
    def __init__(self, w):
        super().__init__()
        for name in ("hidden", "output"):
            layer = nn.Linear(*reversed(w[f"{name}.weight"].shape))
            with torch.no_grad():
                layer.weight.copy_(w[f"{name}.weight"])
                layer.bias.copy_(w[f"{name}.bias"])
            setattr(self, name, layer)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x)))


class AttentionLSTM(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.packets, self.head = Level(w, "packets", "attention"), Head(w)

    def forward(self, values, sizes, lengths):
        return self.head(self.packets(values[:, : lengths.max()], lengths))


class HAN(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.bytes, self.packets = Level(w, "bytes", "byte_attention"), Level(w, "packets", "attention")
        self.head = Head(w)

    def forward(self, values, sizes, lengths):
        present = sizes > 0
        read = self.bytes(values[present][:, : sizes.max(), None], sizes[present])
        vectors = torch.zeros(*sizes.shape, read.shape[1])
        vectors[present] = read
        return self.head(self.packets(vectors, lengths))


class SessionCNN(nn.Module):
    LENGTH = 784

    def __init__(self, w):
        super().__init__()
        filters = []
        for index in range(2):
            weight = w[f"convolution.{index}.weight"].permute(0, 2, 1)
            layer = nn.Conv1d(weight.shape[1], weight.shape[0], weight.shape[2])
            with torch.no_grad():
                layer.weight.copy_(weight)
                layer.bias.copy_(w[f"convolution.{index}.bias"])
            left = (weight.shape[2] - 1) // 2
            padding = nn.ConstantPad1d((left, weight.shape[2] - 1 - left), 0.0)
            filters += [padding, layer, nn.ReLU(), nn.MaxPool1d(3, ceil_mode=True)]
        self.filters, self.head = nn.Sequential(*filters), Head(w)

    def forward(self, values, sizes, lengths):
        session = torch.zeros(len(values), 1, self.LENGTH)
        for flow, (packets, counts) in enumerate(zip(values, sizes)):
            start = 0
            for packet, count in zip(packets, counts.tolist()):
                count = min(count, self.LENGTH - start)
                session[flow, 0, start : start + count] = packet[:count]
                start += count
        return self.head(self.filters(session).transpose(1, 2).flatten(1))


NETWORKS = {"attention-lstm": AttentionLSTM, "han": HAN, "cnn-1d": SessionCNN}


def load(path):
    with safe_open(path, framework="pt") as file:
        return file.metadata(), {name: file.get_tensor(name) for name in file.keys()}


def training_step(model, x, sizes, lengths):
    """A function that takes one step; the input is made ready outside of it where the network allows."""
    optimiser = torch.optim.Adam(model.parameters(), lr=0.001)
    labels = torch.zeros(len(x), dtype=torch.long)

    def step():
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(x, sizes, lengths), labels).backward()
        optimiser.step()

    return step


def seconds_of(steps, run):
    run()
    seconds = []
    for _ in range(steps):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def compare(arguments, architecture, folder):
    model_path, flow_path = f"{folder}/{architecture}.safetensors", f"{folder}/flows.safetensors"
    one_thread = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    subprocess.run(
        [arguments.flowcase, "train", *arguments.captures, "--labels", arguments.labels, "--epochs", "1", "--quiet"]
        + ["--architecture", architecture, "-o", model_path],
        check=True,
        env=one_thread,
        stderr=subprocess.DEVNULL,
    )
    metadata, weights = load(model_path)
    own, theirs, difference = [], [], 0.0
    for _ in range(arguments.turns):
        printed = subprocess.run(
            [arguments.flowcase, "bench", *arguments.captures, "--model", model_path, "--flows", "64", "--rounds", "1"]
            + ["--training-steps", str(arguments.steps), "--export", flow_path],
            check=True,
            env=one_thread,
            capture_output=True,
            text=True,
        ).stdout
        own.append(float(re.search(r"seconds a batch +([0-9.e-]+)", printed).group(1)))
        _, flows = load(flow_path)
        x, lengths, sizes, given = (flows[name] for name in ("x", "lengths", "sizes", "probabilities"))
        lengths, sizes = lengths.long(), sizes.long()
        model = NETWORKS[architecture](weights)
        with torch.inference_mode():
            sign = -1.0 if metadata["flowcase.loss"] == "cost-sensitive" else 1.0
            outputs = model(x, sizes, lengths) * sign / float(metadata["flowcase.temperature"])
            difference = max(difference, float((torch.softmax(outputs, dim=1) - given).abs().max()))
        theirs.append(seconds_of(arguments.steps, training_step(model, x, sizes, lengths)))
    own_median, their_median = statistics.median(own), statistics.median(theirs)
    print(
        f"| {architecture} | {own_median:.4f} | {their_median:.4f} | {their_median / own_median:.1f} | {difference:.1e} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description="Seconds a batch of training in Flowcase and in PyTorch.")
    parser.add_argument("flowcase", help="the program")
    parser.add_argument("captures", nargs="+")
    parser.add_argument("--labels", required=True)
    parser.add_argument("--architectures", nargs="+", default=list(NETWORKS))
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--steps", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print("| architecture | Flowcase, s a batch | PyTorch, s a batch | multiple | largest difference of a probability |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for architecture in arguments.architectures:
            compare(arguments, architecture, folder)


if __name__ == "__main__":
    main()
