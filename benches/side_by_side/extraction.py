#!/usr/bin/env python3
"""Extracts the same pages with trafilatura (fast mode) and with samestory, one thread each, in turns.

  cargo build --release -p samestory-tools --bin extract_pages
  python3 -m venv venv && venv/bin/pip install trafilatura==2.3.1 lxml_html_clean
  venv/bin/python benches/side_by_side/extraction.py target/release/extract_pages FOLDER [ROUNDS [OUT]]

Every page of FOLDER (.html, .html.gz) is read into memory first; reading files and starting programs is timed on
neither side. The fastest round of each counts. With OUT both texts are written there as JSON Lines (`file`, `text`), to be
scored.
"""
import gzip, json, pathlib, re, subprocess, sys, tempfile, time
import trafilatura

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
out = pathlib.Path(sys.argv[4] if len(sys.argv) > 4 else tempfile.mkdtemp())
files = sorted(path for path in folder.iterdir() if re.search(r"\.html(\.gz)?$", path.name))
pages = [(gzip.decompress(raw) if path.name.endswith(".gz") else raw).decode("utf-8", "replace")
         for path in files for raw in [path.read_bytes()]]
theirs, ours, texts = float("inf"), 0.0, []
for _ in range(rounds):
    start = time.perf_counter()
    texts = [trafilatura.extract(page, fast=True, include_comments=False, include_tables=False) or "" for page in pages]
    theirs = min(theirs, time.perf_counter() - start)
    told = subprocess.run([program, str(folder), str(out / "samestory.jsonl")], capture_output=True, check=True, text=True)
    ours = max(ours, float(re.search(r"([\d.]+) pages a second", told.stderr).group(1)))
with open(out / "trafilatura.jsonl", "w") as lines:
    for path, text in zip(files, texts):
        print(json.dumps({"file": path.name, "text": text}, ensure_ascii=False), file=lines)
print(f"{len(pages)} pages, {sum(map(len, pages))} letters; texts in {out}")
print(f"trafilatura {trafilatura.__version__}: {len(pages) / theirs:.1f} pages a second")
print(f"samestory: {ours:.1f} pages a second")
print(f"samestory is {ours * theirs / len(pages):.1f} times as fast")
