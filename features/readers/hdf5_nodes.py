"""HDF5 groups and data sets that lie in the file itself: no links, no virtual or external data.

An uploaded file must not make the reader open another file. Filters that h5py lacks (Blosc, zstd,
bitshuffle) are loaded from hdf5plugin where a data set needs one.
"""

from functools import cache, lru_cache
from itertools import islice

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types
import numpy as np

from features.errors import InputError
from features.readers.count_source import MAX_CELLS
from features.readers.hdf5_chunks import DamagedFile

# More layers or columns than any count file has; a crafted group may hold millions.
MAX_CHILDREN = 10_000


def local_node(file: h5py.File, name: str) -> h5py.Group | h5py.Dataset:
    """A group or data set that is stored in this file; links are not followed.

    Raises `InputError` when it is absent, a link, or stored in another file.
    """
    node: h5py.Group | h5py.Dataset = file
    for part in name.split("/"):
        if not isinstance(node, h5py.Group) or part not in node:
            raise DamagedFile(f"it has no {name}")
        if not isinstance(node.get(part, getlink=True), h5py.HardLink):
            raise _elsewhere(f"{name} is a link to somewhere else")
        node = node[part]
    if isinstance(node, h5py.Dataset):
        if node.is_virtual or node.external:
            raise _elsewhere(f"{name} is not stored in the file")
        _load_filters(node)
    return node


def local_dataset(file: h5py.File, name: str) -> h5py.Dataset:
    """A data set that is stored in this file."""
    node = local_node(file, name)
    if not isinstance(node, h5py.Dataset):
        raise DamagedFile(f"{name} is no data set")
    return node


def has_node(file: h5py.File, name: str) -> bool:
    """Whether the file has an entry of this path; a link counts, and is refused when it is read."""
    node: h5py.Group | h5py.Dataset = file
    *groups, last = name.split("/")
    for part in groups:
        if not isinstance(node, h5py.Group) or not _is_stored(node, part):
            return False
        node = node[part]
    return isinstance(node, h5py.Group) and node.get(last, getlink=True) is not None


def is_group(file: h5py.File, name: str) -> bool:
    """Whether an entry of the file's root is a group that lies in the file."""
    return _is_stored(file, name) and file.get(name, getclass=True) is h5py.Group


def is_dataset(file: h5py.File, name: str) -> bool:
    """Whether an entry of the file's root is a data set that lies in the file."""
    return _is_stored(file, name) and file.get(name, getclass=True) is h5py.Dataset


def child_names(group: h5py.Group) -> list[str]:
    """Names of a group's entries, in the file's order; those that are links are left out."""
    names = list(islice(group, MAX_CHILDREN + 1))
    if len(names) > MAX_CHILDREN:
        raise InputError(
            f"a group of a count file must hold at most {MAX_CHILDREN:,} entries, but "
            f"{group.name} holds more; write it again without them"
        )
    return [str(name) for name in names if _is_stored(group, name)]


def read_strings(dataset: h5py.Dataset) -> tuple[str, ...]:
    """A column of text as Python strings.

    Raises `DamagedFile` when it is no text.
    """
    if dataset.ndim != 1 or dataset.dtype.kind not in "SO" or dataset.shape[0] > MAX_CELLS:
        raise DamagedFile(f"{dataset.name} is no column of text")
    values = dataset[:]
    if dataset.dtype.kind == "S":
        return _fixed_width(values.tobytes(), dataset.dtype.itemsize)
    return tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values)


@lru_cache(maxsize=16)
def _fixed_width(raw: bytes, width: int) -> tuple[str, ...]:
    # A cohort's files share a reference; decoding its 36,000 names once per file would take longer
    # than reading a small sample.
    return tuple(v.decode("utf-8", "replace") for v in np.frombuffer(raw, f"S{width}").tolist())


def _is_stored(group: h5py.Group, name: str) -> bool:
    return isinstance(group.get(name, getlink=True), h5py.HardLink)


def _elsewhere(fact: str) -> InputError:
    return InputError(
        f"a count file must hold its data itself, but {fact}, which is not followed; write it into "
        "one file, for example with anndata's write_h5ad"
    )


def _load_filters(dataset: h5py.Dataset) -> None:
    if dataset.chunks is None:
        return
    properties = dataset.id.get_create_plist()
    for number in range(properties.get_nfilters()):
        code, name = properties.get_filter(number)[0], properties.get_filter(number)[3]
        if not _filter_exists(code):
            raise InputError(
                f"a count file must be packed with gzip, lzf, Blosc, zstd or another filter of "
                f"hdf5plugin, but {dataset.name} is packed with filter {code} "
                f"({bytes(name).decode('utf-8', 'replace')[:40]}); write it again with gzip"
            )


@cache
def _filter_exists(code: int) -> bool:
    if h5py.h5z.filter_avail(code):
        return True
    import hdf5plugin  # noqa: F401  # its import registers the filters

    return bool(h5py.h5z.filter_avail(code))
