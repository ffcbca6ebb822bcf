#!/usr/bin/env python3
"""Encodes the same texts with ONNX Runtime and with samestory on all cores, in turns, and prints tokens a second.

  cargo build --release -p samestory-tools --bin time_embedding
  python3 -m venv venv && venv/bin/pip install onnxruntime==1.32.0 onnx==1.23.2 numpy zstandard==0.25.0
  venv/bin/python benches/side_by_side/embedding.py target/release/time_embedding [ROUNDS [FILE.jsonl …]]

The texts are headlines, heads and sentences of the placement fixtures, or of other JSON Lines files. Both run the
same weights: data/model/layers.safetensors.zst, from which the script builds a graph with int8 products, quantised as
they come, query, key and value in one product. ONNX Runtime optimises it as far as it can and gets the rows of each
text ready made; looking words up, the mean and the centring are timed on samestory's side only. It runs in five ways
(a text a core; a text on all cores; batches of 8 and 16 of about one length, on all cores and a batch a core) and
the fastest counts. Rounds alternate; the fastest of each counts.
"""
import json, os, pathlib, struct, subprocess, sys, threading, time
import numpy as np, onnx, onnxruntime, zstandard
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parents[2]
program = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
files = sys.argv[3:] or sorted(str(path) for path in (HERE / "tests/fixtures/placement").glob("*.jsonl"))
CORES = os.cpu_count()
H, HEADS, LAYERS = 384, 12, 12


def graph():
    raw = zstandard.ZstdDecompressor().decompress((HERE / "data/model/layers.safetensors.zst").read_bytes())
    size, = struct.unpack_from("<Q", raw)
    head = json.loads(raw[8:8 + size])
    def tensor(name):
        start, end = head[name]["data_offsets"]
        kind = {"I8": np.int8, "F32": np.float32}[head[name]["dtype"]]
        return np.frombuffer(raw[8 + size + start:8 + size + end], kind).reshape(head[name]["shape"])
    weights, nodes, quantised = [], [], set()
    def const(name, value):
        weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name
    def node(op, inputs, output, **attributes):
        nodes.append(helper.make_node(op, inputs, output if isinstance(output, list) else [output], **attributes))
        return output
    def norm(x, y, name):
        return node("LayerNormalization", [x, const(name + ".w", tensor(name + ".w")), const(name + ".b", tensor(name + ".b"))], y, axis=-1, epsilon=1e-12)
    def linear(x, name, y):
        w = tensor(name + ".w")
        if x not in quantised:
            quantised.add(x)
            node("DynamicQuantizeLinear", [x], [x + "_q", x + "_s", x + "_z"])
        whole = node("MatMulInteger", [x + "_q", const(name + ".w", w), x + "_z", const(name + ".z", np.zeros(w.shape[1], np.int8))], y + "_whole")
        both = node("Mul", [x + "_s", const(name + ".s", tensor(name + ".s"))], y + "_scale")
        return node("Add", [node("Mul", [node("Cast", [whole], y + "_float", to=TensorProto.FLOAT), both], y + "_product"), const(name + ".b", tensor(name + ".b"))], y)
    f = lambda v: np.array(v, np.float32)
    for name, value in ("one", 1), ("root2", np.sqrt(2)), ("half", .5), ("scale", (H // HEADS) ** -.5):
        const(name, f(value))
    const("split", np.array([0, 0, HEADS, H // HEADS], np.int64)); const("joined", np.array([0, 0, H], np.int64)); const("three", np.array([H, H, H], np.int64))
    x = norm("rows", "embedded", "emb.ln")
    for l in range(LAYERS):
        p = f"l{l}."
        parts = node("Split", [linear(x, p + "qkv", p + "qkv_"), "three"], [p + "q_", p + "k_", p + "v_"], axis=2)
        t = [node("Transpose", [node("Reshape", [part, "split"], part + "split")], part + "heads", perm=order)
             for part, order in zip(parts, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]))]
        a = node("Add", [node("Mul", [node("MatMul", t[:2], p + "scores"), "scale"], p + "scaled"), "mask"], p + "masked")
        a = node("MatMul", [node("Softmax", [a], p + "weights", axis=-1), t[2]], p + "context")
        a = node("Reshape", [node("Transpose", [a], p + "back", perm=[0, 2, 1, 3]), "joined"], p + "context_joined")
        x = norm(node("Add", [linear(a, p + "ao", p + "attended"), x], p + "residual_1"), p + "middle", p + "aln")
        a = linear(x, p + "fi", p + "inner")
        g = node("Add", [node("Erf", [node("Div", [a, "root2"], p + "over")], p + "erf"), "one"], p + "gate")
        g = node("Mul", [node("Mul", [g, a], p + "gated"), "half"], p + "gelu")
        x = norm(node("Add", [linear(g, p + "fo", p + "outer"), x], p + "residual_2"), p + "out", p + "oln")
    node("Identity", [x], "last_hidden_state")
    info = lambda n, shape: helper.make_tensor_value_info(n, TensorProto.FLOAT, shape)
    made = helper.make_graph(nodes, "layers", [info("rows", ["batch", "tokens", H]), info("mask", ["batch", 1, 1, "tokens"])], [info("last_hidden_state", ["batch", "tokens", H])], weights)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def session(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


lengths = json.loads(subprocess.run([program, "--lengths", *files], capture_output=True, check=True, text=True).stdout)
numbers = np.random.default_rng(0)
rows = [numbers.standard_normal((1, length, H)).astype(np.float32) * .3 for length in lengths]
nothing = [np.zeros((1, 1, 1, length), np.float32) for length in lengths]
single = list(zip(rows, nothing))

def batches(size):
    order = sorted(range(len(lengths)), key=lambda at: lengths[at])
    made = []
    for start in range(0, len(order), size):
        part = order[start:start + size]
        longest = max(lengths[at] for at in part)
        block, mask = np.zeros((len(part), longest, H), np.float32), np.full((len(part), 1, 1, longest), -1e9, np.float32)
        for place, at in enumerate(part):
            block[place, :lengths[at]], mask[place, 0, 0, :lengths[at]] = rows[at][0], 0
        made.append((block, mask))
    return made

def encode(one, work):
    for block, mask in work:
        states = one.run(None, {"rows": block, "mask": mask})[0]

def on_all(sessions, work):
    start = time.perf_counter()
    if len(sessions) == 1:
        encode(sessions[0], work)
    else:
        threads = [threading.Thread(target=encode, args=(one, work[at::len(sessions)])) for at, one in enumerate(sessions)]
        [thread.start() for thread in threads]; [thread.join() for thread in threads]
    return time.perf_counter() - start

model = graph()
whole, each = [session(model, CORES)], [session(model, 1) for _ in range(CORES)]
ways = {"a text a core": (each, single), "a text on all cores": (whole, single), "8 together on all cores": (whole, batches(8)),
        "16 together on all cores": (whole, batches(16)), "8 together, a batch a core": (each, batches(8))}
tokens, theirs, ours = sum(lengths), {}, []
for sessions, work in ways.values():
    on_all(sessions, work[:8])
for _ in range(rounds):
    for way, (sessions, work) in ways.items():
        theirs[way] = min(theirs.get(way, float("inf")), on_all(sessions, work))
    ours.append(json.loads(subprocess.run([program, *files], capture_output=True, check=True, text=True).stdout)["seconds"])
cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
print(f"{len(lengths)} texts, {tokens} tokens, {CORES} cores of {cpu}")
for way, seconds in theirs.items():
    print(f"ONNX Runtime {onnxruntime.__version__}, {way}: {tokens / seconds:.0f} tokens a second")
print(f"samestory: {tokens / min(ours):.0f} tokens a second")
print(f"samestory is {min(theirs.values()) / min(ours):.2f} times as fast as the fastest of these")
