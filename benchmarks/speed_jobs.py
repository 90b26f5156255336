"""One measured job in a process of its own, for `benchmarks.speed`: prints seconds and memory.

python -m benchmarks.speed_jobs {row,one_sample,pooled,sums,inflate,scanpy,cold,warm} FILE PROCESSES

`grown` is the greatest memory beyond that of the interpreter with everything imported, in MB.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

START = time.time()  # "cold" counts from here, less the interpreter's own start

LONG = 5.0

PANELS = {
    "monocyte": ("LYZ", "FCN1", "CTSS", "MNDA", "VCAN", "CST3", "AIF1", "CD14"),
    "cd16": ("FCGR3A", "CX3CR1", "CDKN1C", "TCF7L2"),
    "t": ("CD3D", "CD3E", "CD3G", "TRAC", "TRBC1"),
    "nk": ("GNLY", "NKG7", "KLRF1", "XCL2"),
    "b": ("CD79A", "MS4A1", "CD19"),
    "s100": ("S100A8", "S100A9"),
}


def row(path: Path, processes: int) -> Callable[[], object]:
    """Our path from the file to all features."""
    from features.pipeline.sample import summarise
    from features.table.sample_sheet import sheet_row

    sample = sheet_row(path, day=1, enrichment="none")
    return lambda: summarise(sample, processes=processes)


def one_sample(path: Path, processes: int) -> Callable[[], object]:
    """A pooled file read as one sample, which it is not."""
    from features.pipeline.sample import summarise
    from features.table.sample_sheet import sheet_row

    sample = sheet_row(path, day=1, enrichment="none", cells="all")
    return lambda: summarise(sample, processes=processes)


def pooled(path: Path, processes: int) -> Callable[[], object]:
    """All samples of a pooled file, which obs tells apart by donor_id."""
    import h5py

    from features.pipeline.sample import summarise_file
    from features.table.file_samples import FileSamples
    from features.table.sample_sheet import sheet_row

    with h5py.File(path) as file:
        donors = [name.decode() for name in file["obs/donor_id/categories"][:]]
    samples = tuple(
        sheet_row(path, day=1, enrichment="none", sample_id=name, cells=f"donor_id={name}")
        for name in donors
    )
    return lambda: summarise_file(FileSamples(samples, samples), processes=processes)


def sums(path: Path, processes: int) -> Callable[[], object]:
    """Cells, types and CD7, then the sums of every gene over them: pseudobulk, in two passes."""
    from features.pseudobulk.sample_sums import sum_sample
    from features.table.sample_sheet import sheet_row

    sample = sheet_row(path, day=1, enrichment="none")
    return lambda: sum_sample(sample, processes=processes)


def warm_up(job: Callable[[], object]) -> None:
    """Read the sample before it is measured: three times unless it is slow."""
    start = time.time()
    for _ in range(3):
        job()
        if time.time() > start + LONG:
            break


def inflate(path: Path, processes: int) -> Callable[[], object]:
    """Read and inflate the matrix's chunks as we do, and do nothing with them."""
    import h5py

    from features.cells.fork_map import run_forked
    from features.readers.hdf5_chunks import open_vector
    from features.readers.inflate import inflate as inflate_chunk

    def part(number: int) -> None:
        with h5py.File(path, "r") as file:
            descriptor = os.open(path, os.O_RDONLY)
            for name in ("X/indices", "X/data"):
                vector = open_vector(file[name], descriptor)
                assert vector.chunk_locations is not None
                for offset, size in vector.chunk_locations[number::processes]:
                    raw = os.pread(descriptor, int(size), int(offset))
                    inflate_chunk(raw, vector.filters, vector.chunk_length * vector.dtype.itemsize)
            os.close(descriptor)

    return lambda: run_forked(part, processes)


def scanpy(path: Path, _: int) -> Callable[[], object]:
    """The same quantities as a scanpy user computes them: QC, log1p, twelve panel scores."""
    import warnings

    import scanpy as sc

    from features.genes.panels import HANDLING_STRESS, SCORE_PANELS

    warnings.simplefilter("ignore")
    panels = {**PANELS, **SCORE_PANELS, "handling_stress": HANDLING_STRESS}

    def job() -> None:
        data = sc.read_h5ad(path)
        data.var_names_make_unique()
        data.var["mt"] = data.var_names.str.startswith("MT-")
        sc.pp.calculate_qc_metrics(data, qc_vars=["mt"], percent_top=None, inplace=True)
        sc.pp.normalize_total(data, target_sum=1e4)
        sc.pp.log1p(data)
        for name, genes in panels.items():
            sc.tl.score_genes(data, [g for g in genes if g in data.var_names], score_name=name)

    return job


JOBS = {
    "row": row, "one_sample": one_sample, "pooled": pooled, "cold": row, "warm": row,
    "sums": sums, "inflate": inflate, "scanpy": scanpy,
}  # fmt: skip


def peak() -> float:
    """Greatest resident memory of this process or one it waited for, in MB."""
    unit = 1e6 if sys.platform == "darwin" else 1e3
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    # ru_maxrss includes the process before exec; VmHWM is of this program alone.
    status = _status("VmHWM")
    return max(status or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children) / unit


def resident() -> float:
    """Resident memory of this process now, in MB; its peak where the system does not tell."""
    return _status("VmRSS") / 1e3 or peak()


def _status(name: str) -> int:
    """A line of Linux's status of this process, in kB; 0 elsewhere."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def cpu() -> float:
    """Processor seconds of this process and those it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main(job_name: str, path: str, processes: str) -> None:
    """Run the job and print what it took as one line of JSON."""
    from features.settings import prepare_libraries

    prepare_libraries()
    job = JOBS[job_name](Path(path), int(processes))
    before = resident()
    if job_name == "warm":
        warm_up(job)
    cold = job_name == "cold"
    start, cpu_before = (START, 0.0) if cold else (time.time(), cpu())
    job()
    figures = {"wall": time.time() - start, "cpu": cpu() - cpu_before, "peak": peak()}
    print(json.dumps({**figures, "grown": figures["peak"] - before}))


if __name__ == "__main__":
    main(*sys.argv[1:])
