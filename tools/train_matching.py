"""Train the parameters of the patient index with Splink 5, on an invented population.

    uv pip install 'xinglin[matching]'
    tools/train_matching.py han --backend duckdb --write
    tools/train_matching.py latin --backend spark --people 50000

The comparisons are the index's own (`xinglin.group.empi.compare`), given to the engine as
functions, so that what is trained is what runs. The same job runs on DuckDB, on this machine, and
on Spark, on a cluster: only the engine that the functions are registered with differs.

--records FILE trains on a hospital's own records instead (one Patient resource a line), without
knowing which are of one person: m by expectation maximisation.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from xinglin.group.empi import blocking, compare, traits
from xinglin.group.empi.index import unpack
from xinglin.simulator import population

DATA = Path(compare.__file__).parent / "data"
FLOOR = {"m": 2e-4, "u": 1e-6}
TERMS = 400
# Where the training population has too few of a kind: from different places' experience, rounded.
FALLBACK = {
    "card": ([0.15, 0.03, 0.82], [0.9999, 2e-5, 8e-5]),
    "phone": ([0.25, 0.05, 0.7], [0.9999, 2e-5, 8e-5]),
    "email": ([0.1, 0.1, 0.8], [0.9999, 2e-5, 8e-5]),
}
HAN = {"probable": 19.0, "possible": 11.0, "household": 12.0}
LATIN = {"probable": 11.5, "possible": 5.0, "household": 24.0}
ENGINES = ("duckdb", "spark")


def _level(field: str) -> Any:
    def level(left: str, right: str) -> int:
        # Imported where it runs: Spark's workers get this function alone.
        from xinglin.group.empi import packed  # noqa: PLC0415

        return packed.level(field, left, right)

    return level


def engine(name: str) -> Any:
    """Splink's view of the chosen engine, with our comparisons registered in it."""
    if name == "spark":
        from pyspark.sql import SparkSession  # noqa: PLC0415  only where it is chosen
        from pyspark.sql.types import IntegerType  # noqa: PLC0415
        from splink import SparkAPI  # noqa: PLC0415

        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        spark = (
            SparkSession.builder.master(os.environ.get("SPARK_MASTER", "local[2]"))
            .config("spark.driver.memory", "2g")
            .config("spark.sql.shuffle.partitions", "8")
            .config("spark.ui.enabled", "false")
            .getOrCreate()
        )
        spark.sparkContext.setLogLevel("ERROR")
        spark.sparkContext.setCheckpointDir(tempfile.mkdtemp(prefix="xinglin-spark-"))
        for field in compare.FIELDS:
            spark.udf.register(f"level_{field}", _level(field), IntegerType())
        return SparkAPI(spark_session=spark)
    import duckdb  # noqa: PLC0415
    from splink import DuckDBAPI  # noqa: PLC0415

    connection = duckdb.connect()
    for field in compare.FIELDS:
        connection.create_function(
            f"level_{field}", _level(field), ["VARCHAR", "VARCHAR"], "INTEGER"
        )
    return DuckDBAPI(connection)


def comparisons() -> list[Any]:
    """One comparison per field; the levels are those of `compare.vector`."""
    import splink.comparison_level_library as cll  # noqa: PLC0415
    import splink.comparison_library as cl  # noqa: PLC0415

    made = []
    for field in compare.FIELDS:
        call = f"level_{field}(traits_l, traits_r)"
        top = compare.LEVELS[field] - 1
        levels = [cll.CustomLevel(f"{call} = -1", "unknown").configure(is_null_level=True)]
        levels += [cll.CustomLevel(f"{call} = {level}", str(level)) for level in range(top, 0, -1)]
        levels.append(cll.ElseLevel())
        made.append(cl.CustomComparison(levels, output_column_name=field))
    return made


def rows(kind: str, seed: str, people: int) -> list[dict[str, Any]]:
    """The invented records: the packed traits, who it is, and keys for blocking."""
    make = population.chinese if kind == "han" else population.western
    return [_row(n, r.person, r.patient()) for n, r in enumerate(make(seed, people))]


def _row(number: int, person: str, patient: dict[str, Any]) -> dict[str, Any]:
    found = traits.of_patient(patient)
    keys = sorted(blocking.keys(found))
    return {
        "unique_id": number,
        "person": person,
        "traits": msgspec.json.encode(found).decode(),
        "name_birth": next((key for key in keys if key.startswith("n|")), None),
        "number": next((key for key in keys if key.startswith(("i|NI", "i|SS"))), None),
    }


def train(table: list[dict[str, Any]], backend: str, pairs: float, labelled: bool) -> Any:
    """Splink's trained model: u on records of different people, m on records of the same."""
    from splink import Linker, SettingsCreator, block_on  # noqa: PLC0415

    api = engine(backend)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons(),
        blocking_rules_to_generate_predictions=[block_on("name_birth"), block_on("number")],
        additional_columns_to_retain=["person"],
    )
    seed = 7 if backend == "duckdb" else None
    if not labelled:
        linker = Linker(api.register(_columns(table)), settings)
        linker.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=seed)
        for rule in ("name_birth", "number"):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(rule))
        return linker.misc.save_model_to_json(out_path=None)
    one_each = list({row["person"]: row for row in table}.values())
    strangers = Linker(api.register(_columns(one_each)), settings)
    strangers.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=seed)
    same = Linker(api.register(_columns(table)), settings)
    same.training.estimate_m_from_label_column("person")
    return _joined(
        same.misc.save_model_to_json(out_path=None),
        strangers.misc.save_model_to_json(out_path=None),
    )


def _joined(m: dict[str, Any], u: dict[str, Any]) -> dict[str, Any]:
    for one, two in zip(m["comparisons"], u["comparisons"], strict=True):
        for a, b in zip(one["comparison_levels"], two["comparison_levels"], strict=True):
            a.pop("u_probability", None)
            if "u_probability" in b:
                a["u_probability"] = b["u_probability"]
    return m


def _columns(table: list[dict[str, Any]]) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    return pa.Table.from_pylist(table)


def parameters(kind: str, model: dict[str, Any], table: list[dict[str, Any]], told: str) -> str:
    """The file that the platform ships."""
    chosen = HAN if kind == "han" else LATIN
    today = dt.datetime.now(dt.UTC).date().isoformat()
    out = [
        "# Fellegi-Sunter parameters of the patient index. Made by tools/train_matching.py; the",
        "# thresholds (bits of evidence) are set by hand in that file. Owner: record room.",
        f'version = "{today}"',
        f'population = "{kind}"',
        f'source = "{told}"',
        f'trained = "{today}"',
        "prior = 0.0001",
        "",
        "[thresholds]",
        f"probable = {chosen['probable']}",
        f"possible = {chosen['possible']}",
        "# The most that phone, street and place may say together: a household shares all three.",
        f"household = {chosen['household']}",
        "",
        "# m and u from level 0 (different) upwards; what is not known on a side says nothing.",
    ]
    for name, (m, u) in sorted(
        _probabilities(model).items(), key=lambda item: compare.FIELDS.index(item[0])
    ):
        out += [f"[fields.{name}]", f"m = {_numbers(m)}", f"u = {_numbers(u)}"]
    for part in ("family", "given"):
        out += ["", f"[terms.{part}]"]
        out += [
            f"{json.dumps(term, ensure_ascii=False)} = {share:.3g}"
            for term, share in _terms(table, part)
        ]
    return "\n".join(out) + "\n"


def _numbers(values: list[float]) -> str:
    return "[" + ", ".join(f"{value:.3g}" for value in values) + "]"


def _probabilities(model: dict[str, Any]) -> dict[str, tuple[list[float], list[float]]]:
    found = {}
    for comparison in model["comparisons"]:
        name = comparison["output_column_name"]
        levels = [one for one in comparison["comparison_levels"] if not one.get("is_null_level")]
        levels.reverse()  # Splink lists the best first
        m = [_number(level.get("m_probability")) for level in levels]
        u = [_number(level.get("u_probability")) for level in levels]
        if name in FALLBACK and (sum(m) < 0.5 or sum(u) < 0.5 or len(set(m)) == 1):
            found[name] = FALLBACK[name]
            continue
        found[name] = (_floored(m, FLOOR["m"]), _floored(u, FLOOR["u"]))
    return found


def _number(value: Any) -> float:
    return value if isinstance(value, float) else 0.0


def _floored(values: list[float], floor: float) -> list[float]:
    raised = [max(value, floor) for value in values]
    return [value / sum(raised) for value in raised]


def _terms(table: list[dict[str, Any]], part: str) -> list[tuple[str, float]]:
    """How frequent a name is among different people; ``*`` stands for all the rarer ones."""
    seen: dict[str, set[str]] = {}
    total: set[str] = set()
    for row in table:
        for name in unpack(row["traits"]).names[:1]:
            if text := getattr(name, part):
                seen.setdefault(text, set()).add(row["person"])
                total.add(row["person"])
    counts = Counter({term: len(people) for term, people in seen.items()})
    common = [(term, count / len(total)) for term, count in counts.most_common(TERMS) if count > 3]
    rest = [count for term, count in counts.items() if term not in dict(common)]
    rare = max(sum(rest) / max(len(rest), 1) / len(total), 2e-5)
    return [("*", rare), *common]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("population", choices=("han", "latin"))
    parser.add_argument("--backend", choices=ENGINES, default="duckdb")
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--pairs", type=float, default=4e5, help="random pairs for u")
    parser.add_argument("--records", type=Path, help="own records, one Patient a line, unlabelled")
    parser.add_argument("--write", action="store_true", help="replace the shipped file")
    told = parser.parse_args()
    if told.records:
        lines = told.records.read_text(encoding="utf-8").splitlines()
        table = [_row(n, str(n), json.loads(line)) for n, line in enumerate(lines)]
        source = f"own records ({len(table)})"
    else:
        table = rows(told.population, "training", told.people)
        source = f"simulator.population, seed training, {told.people} people"
    model = train(table, told.backend, told.pairs, labelled=not told.records)
    text = parameters(told.population, model, table, f"Splink 5, {source}")
    if told.write:
        (DATA / f"model-{told.population}.toml").write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
