#!/usr/bin/env python3
"""Reads the same feeds with feedparser and with samestory, one thread each, in one process each.

  cargo build --release -p samestory-tools --bin time_feeds
  python3 -m venv venv && venv/bin/pip install feedparser==6.0.14
  venv/bin/python benches/side_by_side/feeds.py target/release/time_feeds FOLDER [ROUNDS]

Every .xml and .json below FOLDER is read into memory first. The two take turns, round by round, so that both meet
the same machine; the fastest round of each counts. What feedparser does beside (sanitising HTML) is part of what it
is; samestory takes out the plain text of titles, summaries and contents.
"""
import json, pathlib, subprocess, sys, time
import feedparser

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
files = sorted(path for path in folder.rglob("*") if path.suffix in (".xml", ".json"))
bodies = [path.read_bytes() for path in files]
theirs, ours, entries = float("inf"), None, 0
for _ in range(rounds):
    start = time.perf_counter()
    entries = sum(len(feedparser.parse(body).entries) for body in bodies)
    theirs = min(theirs, time.perf_counter() - start)
    told = json.loads(subprocess.run([program, "10", *map(str, files)], capture_output=True, check=True).stdout)
    ours = told if ours is None or told["seconds"] < ours["seconds"] else ours
print(f"{len(files)} files, {sum(map(len, bodies))} bytes")
print(f"feedparser {feedparser.__version__}: {theirs:.4f} s, {entries} entries")
print(f"samestory: {ours['seconds']:.4f} s, {ours['items']} items")
print(f"samestory is {theirs / ours['seconds']:.1f} times as fast")
