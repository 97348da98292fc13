"""Make the synthetic registry: its register, exports, play list and answer key.

    python sample_data/generate.py --seed 532

Without options it writes the checked-in files again, byte for byte. Nobody in it exists.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sample_data._play import answer_key, make_play, play_list
from sample_data._scale import write_scaled
from sample_data._sites import register_tables
from sample_data._write import csv_bytes, json_bytes, write_export

SEED = 532
TODAY = date(2026, 11, 16)
HERE = Path(__file__).resolve().parent


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the registry, or with --scale one large export a site."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=SEED, help="what everything is drawn from")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    parser.add_argument(
        "--scale", type=int, default=1, help="times as many rows, in one export a site"
    )
    parser.add_argument(
        "--today", type=date.fromisoformat, default=TODAY, help="nothing is received after it"
    )
    given = parser.parse_args(arguments)
    if given.scale < 1:
        parser.error("--scale: at least 1")
    if given.scale > 1:
        if given.out == HERE:
            parser.error("--scale needs --out: its exports do not belong to the checked-in files")
        write_register(given.out)
        write_scaled(given.seed, given.scale, given.out)
    else:
        write_registry(given.seed, given.today, given.out)


def write_registry(seed: int, today: date, out: Path) -> None:
    """Write the register, every export received by a day, the play list and the key."""
    for stale in (out / "exports").glob("ZZ???/*"):
        stale.unlink()
    write_register(out)
    play = make_play(seed, today)
    for export in play.exports:
        write_export(
            export.text_rows, export.manifest, out / export.path, export.format, cut=export.cut
        )
    (out / "demo.json").write_bytes(json_bytes(play_list(play)))
    (out / "answer_key.json").write_bytes(json_bytes(answer_key(play)))


def write_register(out: Path) -> None:
    """Write the register as opened and as revised."""
    for folder, is_revised in (("register/opening", False), ("register", True)):
        (out / folder).mkdir(parents=True, exist_ok=True)
        for table, rows in register_tables(is_revised=is_revised).items():
            (out / folder / f"{table}.csv").write_bytes(csv_bytes(table, rows))


if __name__ == "__main__":
    main()
