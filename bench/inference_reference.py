"""Speed of the attention-based LSTM in PyTorch and ONNX Runtime, one thread.

How to run:

    pip install -r requirements.txt
    python inference_reference.py MODEL.safetensors INPUTS.safetensors

MODEL is a Flowcase model file. INPUTS is what `flowcase bench` writes: encoded
flows `x` [flows, N, D] float32, `lengths` [flows] int64, and the
`probabilities` [flows, K] float32 that Flowcase gave for them.

Each way of running the model is timed over all flows, in batches of 64 taken in
the order of the file, several rounds; the rounds of the different ways are
interleaved, so that a slow spell of the machine touches all of them. The table
gives the median, slowest and fastest round in flows a second, and how far the
probabilities are from Flowcase's. A batch is cut to its longest flow before it
is run, and that, sorting within the batch, masks and the conversion of the
results are part of the time; reading files and building the graph are not.

  pytorch packed   torch.nn.LSTM, both directions, over packed sequences
  pytorch padded   one torch.nn.LSTM a direction over the padded batch, the
                   flows turned round within their own lengths for the backward
                   one, so that it too starts at the last real packet
  onnxruntime      one graph: the ONNX LSTM operator with sequence_lens, then
                   masked attention and the two layers

All are exact: absent packets take no part in any of them. With
--sort-by-length the flows are put in order of length first, which leaves next
to no padding; that order is not part of the time.
"""

import argparse
import os
import platform
import statistics
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors import safe_open
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

TENSORS = [
    *(
        f"packets.{direction}.{part}"
        for direction in ("forward", "backward")
        for part in ("weight_input", "weight_hidden", "bias")
    ),
    "attention.weight",
    "attention.bias",
    "attention.context",
    "hidden.weight",
    "hidden.bias",
    "output.weight",
    "output.bias",
]


# --- Reading ------------------------------------------------------------------


def read_model(path):
    """The weights by name and the factor in softmax(factor * r)."""
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
        missing = [name for name in TENSORS if name not in file.keys()]
        if missing:
            architecture = metadata.get("flowcase.architecture", "unknown")
            sys.exit(
                f"{path}: no tensor {missing[0]}; this script runs the attention-based "
                f"LSTM only, the file's architecture is {architecture}"
            )
        weights = {name: file.get_tensor(name) for name in TENSORS}
    signs = {"cost-sensitive": -1.0, "cross-entropy": 1.0}
    loss = metadata.get("flowcase.loss")
    if loss not in signs:
        sys.exit(f"{path}: flowcase.loss is {loss}, not one of {', '.join(signs)}")
    temperature = float(metadata.get("flowcase.temperature", "1"))
    if not temperature > 0:
        sys.exit(f"{path}: flowcase.temperature is {temperature}")

    features = weights["packets.forward.weight_input"].shape[1]
    units = weights["packets.forward.weight_hidden"].shape[1]
    attention = weights["attention.weight"].shape[0]
    hidden = weights["hidden.weight"].shape[0]
    classes = weights["output.weight"].shape[0]
    expected = {
        "attention.weight": (attention, 2 * units),
        "attention.bias": (attention,),
        "attention.context": (attention,),
        "hidden.weight": (hidden, 2 * units),
        "hidden.bias": (hidden,),
        "output.weight": (classes, hidden),
        "output.bias": (classes,),
    }
    for direction in ("forward", "backward"):
        expected[f"packets.{direction}.weight_input"] = (4 * units, features)
        expected[f"packets.{direction}.weight_hidden"] = (4 * units, units)
        expected[f"packets.{direction}.bias"] = (4 * units,)
    for name, shape in expected.items():
        if weights[name].shape != shape:
            sys.exit(f"{path}: {name} is {weights[name].shape}, not {shape}")
        if weights[name].dtype != np.float32:
            sys.exit(f"{path}: {name} is {weights[name].dtype}, not float32")
    return weights, signs[loss] / temperature, f"{loss}, temperature {temperature:g}"


def read_inputs(path, features, classes):
    with safe_open(path, framework="numpy") as file:
        x, lengths, probabilities = (
            file.get_tensor(name) for name in ("x", "lengths", "probabilities")
        )
    flows = len(x)
    if flows == 0 or x.ndim != 3 or x.shape[2] != features or x.dtype != np.float32:
        sys.exit(f"{path}: x is {x.dtype} {x.shape}, not float32 [flows, N, {features}]")
    if lengths.shape != (flows,) or lengths.min() < 1 or lengths.max() > x.shape[1]:
        sys.exit(f"{path}: lengths do not fit x")
    if probabilities.shape != (flows, classes):
        sys.exit(f"{path}: probabilities is {probabilities.shape}, not {(flows, classes)}")
    return x, lengths.astype(np.int64), probabilities


# --- PyTorch --------------------------------------------------------------------


class Classifier(torch.nn.Module):
    """All but the LSTM; `read` gives the packets' vectors [flows, N, 2H]."""

    def __init__(self, weights, factor):
        super().__init__()
        self.w = {name: torch.from_numpy(value) for name, value in weights.items()}
        self.features = weights["packets.forward.weight_input"].shape[1]
        self.units = weights["packets.forward.weight_hidden"].shape[1]
        self.factor = factor

    def load(self, lstm, direction, suffix):
        own = f"packets.{direction}"
        with torch.no_grad():
            getattr(lstm, f"weight_ih_{suffix}").copy_(self.w[f"{own}.weight_input"])
            getattr(lstm, f"weight_hh_{suffix}").copy_(self.w[f"{own}.weight_hidden"])
            getattr(lstm, f"bias_ih_{suffix}").copy_(self.w[f"{own}.bias"])
            getattr(lstm, f"bias_hh_{suffix}").zero_()

    def forward(self, x, lengths):
        w, linear = self.w, torch.nn.functional.linear
        vectors = self.read(x, lengths)
        u = torch.tanh(linear(vectors, w["attention.weight"], w["attention.bias"]))
        absent = torch.arange(x.shape[1]) >= lengths[:, None]
        scores = (u @ w["attention.context"]).masked_fill(absent, -torch.inf)
        alpha = torch.softmax(scores, dim=1)
        context = torch.bmm(alpha[:, None, :], vectors)[:, 0]
        hidden = torch.relu(linear(context, w["hidden.weight"], w["hidden.bias"]))
        outputs = linear(hidden, w["output.weight"], w["output.bias"])
        return torch.softmax(self.factor * outputs, dim=1)


class Packed(Classifier):
    def __init__(self, weights, factor):
        super().__init__(weights, factor)
        self.lstm = torch.nn.LSTM(
            self.features, self.units, bidirectional=True, batch_first=True
        )
        self.load(self.lstm, "forward", "l0")
        self.load(self.lstm, "backward", "l0_reverse")

    def read(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        vectors, _ = self.lstm(packed)
        return pad_packed_sequence(vectors, batch_first=True)[0]


class Padded(Classifier):
    def __init__(self, weights, factor):
        super().__init__(weights, factor)
        self.forwards = torch.nn.LSTM(self.features, self.units, batch_first=True)
        self.backwards = torch.nn.LSTM(self.features, self.units, batch_first=True)
        self.load(self.forwards, "forward", "l0")
        self.load(self.backwards, "backward", "l0")

    def read(self, x, lengths):
        # Packet t of a flow of n goes to n - 1 - t; absent packets stay in place.
        place = torch.arange(x.shape[1])
        turned = lengths[:, None] - 1 - place
        turned = torch.where(turned >= 0, turned, place)[:, :, None]
        reversed_x = torch.gather(x, 1, turned.expand(-1, -1, x.shape[2]))
        forward, _ = self.forwards(x)
        backward, _ = self.backwards(reversed_x)
        backward = torch.gather(backward, 1, turned.expand(-1, -1, self.units))
        return torch.cat([forward, backward], dim=2)


def run_pytorch(model):
    model.eval()

    def run(x, lengths):
        with torch.inference_mode():
            return model(torch.from_numpy(x), torch.from_numpy(lengths)).numpy()

    return run


# --- ONNX Runtime ---------------------------------------------------------------


def onnx_gates(value, units):
    """Rows in the order i, f, g, o to the operator's i, o, f, g."""
    i, f, g, o = (value[k * units : (k + 1) * units] for k in range(4))
    return np.concatenate([i, o, f, g])


def build_onnx(weights, factor):
    features = weights["packets.forward.weight_input"].shape[1]
    units = weights["packets.forward.weight_hidden"].shape[1]
    classes = weights["output.weight"].shape[0]

    def both(part):
        forward = onnx_gates(weights[f"packets.forward.{part}"], units)
        backward = onnx_gates(weights[f"packets.backward.{part}"], units)
        return np.stack([forward, backward])

    bias = both("bias")
    constants = {
        "W": both("weight_input"),
        "R": both("weight_hidden"),
        "B": np.concatenate([bias, np.zeros_like(bias)], axis=1),
        "attention_weight": weights["attention.weight"].T,
        "attention_bias": weights["attention.bias"],
        "attention_context": weights["attention.context"][:, None],
        "hidden_weight": weights["hidden.weight"].T,
        "hidden_bias": weights["hidden.bias"],
        "output_weight": factor * weights["output.weight"].T,
        "output_bias": factor * weights["output.bias"],
    }
    constants = {name: value.astype(np.float32) for name, value in constants.items()}
    constants |= {
        "minus_infinity": np.array(-np.inf, dtype=np.float32),
        "zero": np.array(0, dtype=np.int32),
        "one": np.array(1, dtype=np.int32),
        "axis_1": np.array([1], dtype=np.int64),
        "axis_2": np.array([2], dtype=np.int64),
        "last_axes": np.array([0, 0, 2 * units], dtype=np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Transpose", ["x"], ["steps"], perm=[1, 0, 2]),
        node(
            "LSTM",
            ["steps", "W", "R", "B", "lengths"],
            ["y"],
            direction="bidirectional",
            hidden_size=units,
        ),
        # [N, 2, flows, H] to [flows, N, 2H]
        node("Transpose", ["y"], ["by_flow"], perm=[2, 0, 1, 3]),
        node("Reshape", ["by_flow", "last_axes"], ["vectors"]),
        node("MatMul", ["vectors", "attention_weight"], ["u_product"]),
        node("Add", ["u_product", "attention_bias"], ["u_sum"]),
        node("Tanh", ["u_sum"], ["u"]),
        node("MatMul", ["u", "attention_context"], ["scores_column"]),
        node("Squeeze", ["scores_column", "axis_2"], ["scores"]),
        node("Shape", ["x"], ["packets_long"], start=1, end=2),
        node("Cast", ["packets_long"], ["packets_vector"], to=TensorProto.INT32),
        node("Squeeze", ["packets_vector"], ["packets"]),
        node("Range", ["zero", "packets", "one"], ["place"]),
        node("Unsqueeze", ["lengths", "axis_1"], ["lengths_column"]),
        node("Less", ["place", "lengths_column"], ["real"]),
        node("Where", ["real", "scores", "minus_infinity"], ["masked"]),
        node("Softmax", ["masked"], ["alpha"], axis=1),
        node("Unsqueeze", ["alpha", "axis_1"], ["alpha_row"]),
        node("MatMul", ["alpha_row", "vectors"], ["context_row"]),
        node("Squeeze", ["context_row", "axis_1"], ["context"]),
        node("Gemm", ["context", "hidden_weight", "hidden_bias"], ["hidden_sum"]),
        node("Relu", ["hidden_sum"], ["hidden"]),
        node("Gemm", ["hidden", "output_weight", "output_bias"], ["outputs"]),
        node("Softmax", ["outputs"], ["probabilities"], axis=1),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "attention_lstm",
        [
            value("x", TensorProto.FLOAT, ["flows", "packets", features]),
            value("lengths", TensorProto.INT32, ["flows"]),
        ],
        [value("probabilities", TensorProto.FLOAT, ["flows", classes])],
        [
            numpy_helper.from_array(np.ascontiguousarray(data), name)
            for name, data in constants.items()
        ],
    )
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def run_onnx(weights, factor):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    session = onnxruntime.InferenceSession(
        build_onnx(weights, factor).SerializeToString(),
        options,
        providers=["CPUExecutionProvider"],
    )

    def run(x, lengths):
        inputs = {"x": x, "lengths": lengths.astype(np.int32)}
        return session.run(["probabilities"], inputs)[0]

    return run


# --- Timing -----------------------------------------------------------------------


def run_all(run, x, lengths, batch):
    results = []
    for start in range(0, len(x), batch):
        n = lengths[start : start + batch]
        results.append(run(np.ascontiguousarray(x[start : start + batch, : n.max()]), n))
    return np.concatenate(results)


def main():
    parser = argparse.ArgumentParser(
        description="Speed of the attention-based LSTM in PyTorch and ONNX Runtime."
    )
    parser.add_argument("model", help="Flowcase model file (safetensors)")
    parser.add_argument("inputs", help="encoded flows written by flowcase bench")
    parser.add_argument("--rounds", type=int, default=7, help="timed rounds (default 7)")
    parser.add_argument("--batch", type=int, default=64, help="flows a batch (default 64)")
    parser.add_argument(
        "--sort-by-length", action="store_true", help="put flows of like length together"
    )
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.batch < 1:
        parser.error("--rounds and --batch must be at least 1")

    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    weights, factor, about = read_model(arguments.model)
    classes = weights["output.weight"].shape[0]
    features = weights["packets.forward.weight_input"].shape[1]
    x, lengths, given = read_inputs(arguments.inputs, features, classes)
    if arguments.sort_by_length:
        order = np.argsort(lengths, kind="stable")
        x, lengths, given = x[order], lengths[order], given[order]

    ways = {
        "pytorch packed": run_pytorch(Packed(weights, factor)),
        "pytorch padded": run_pytorch(Padded(weights, factor)),
        "onnxruntime": run_onnx(weights, factor),
    }
    results = {name: run_all(run, x, lengths, arguments.batch) for name, run in ways.items()}
    seconds = {name: [] for name in ways}
    for _ in range(arguments.rounds):
        for name, run in ways.items():
            start = time.perf_counter()
            run_all(run, x, lengths, arguments.batch)
            seconds[name].append(time.perf_counter() - start)

    print(
        f"{len(x)} flows, {lengths.sum()} packets (median {np.median(lengths):g} a flow, "
        f"at most {x.shape[1]}), D {features}, "
        f"H {weights['packets.forward.weight_hidden'].shape[1]}, "
        f"A {weights['attention.weight'].shape[0]}, "
        f"F {weights['hidden.weight'].shape[0]}, K {classes}; {about}"
    )
    print(
        f"1 thread, batches of {arguments.batch}"
        f"{', sorted by length' if arguments.sort_by_length else ''}, "
        f"{arguments.rounds} rounds; Python {platform.python_version()}, "
        f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}"
    )
    print()
    print(
        f"{'':16s} {'flows/s':>9s} {'slowest':>9s} {'fastest':>9s} "
        f"{'largest difference':>19s} {'other top class':>16s}"
    )
    for name in ways:
        rates = [len(x) / s for s in seconds[name]]
        apart = np.abs(results[name] - given)
        apart = np.inf if np.isnan(apart).any() else apart.max()
        other = (results[name].argmax(axis=1) != given.argmax(axis=1)).sum()
        print(
            f"{name:16s} {len(x) / statistics.median(seconds[name]):9.0f} "
            f"{min(rates):9.0f} {max(rates):9.0f} {apart:19.1e} {other:16d}"
        )
    faster = min(
        ("pytorch packed", "pytorch padded"), key=lambda n: statistics.median(seconds[n])
    )
    print()
    print(f"faster in PyTorch: {faster.removeprefix('pytorch ')}")


if __name__ == "__main__":
    main()
