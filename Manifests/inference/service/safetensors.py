"""Read-only view of a safetensors file: the weights stay in the page cache and are never copied.

The file is outside data: its header is checked in full before a tensor is handed out.
Format: https://huggingface.co/docs/safetensors (8 bytes header length, JSON header, data).
"""

import json
import mmap

HEADER_LIMIT = 16 << 20
ELEMENT_SIZES = {
    "BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
    "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8,
}


class FormatError(ValueError):
    """The file is not a well-formed safetensors file."""


class Tensor:
    """One entry of the header: element type, shape, and its bytes in the mapped file."""

    def __init__(self, dtype, shape, data):
        self.dtype = dtype
        self.shape = shape
        self.data = data


def read(path):
    """Map the file and return its tensors by name."""
    with open(path, "rb") as file:
        file.seek(0, 2)
        size = file.tell()
        if size < 8:
            raise FormatError(f"{size} bytes are too few for a header")
        mapping = memoryview(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ))
    length = int.from_bytes(mapping[:8], "little")
    if length > HEADER_LIMIT:
        raise FormatError(f"header of {length} bytes, at most {HEADER_LIMIT} allowed")
    if length > size - 8:
        raise FormatError(f"header of {length} bytes in a file of {size}")
    header = parse_header(bytes(mapping[8:8 + length]))
    data = mapping[8 + length:]
    ranges = {name: check_entry(name, entry) for name, entry in header.items()}
    check_tiling(ranges, len(data))
    return {
        name: Tensor(header[name]["dtype"], tuple(header[name]["shape"]), data[begin:end])
        for name, (begin, end) in ranges.items()
    }


def parse_header(text):
    """The tensors' entries by name, without `__metadata__`."""
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=unique_names)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise FormatError(f"header is not JSON: {error}") from None
    if not isinstance(header, dict):
        raise FormatError("header is not an object")
    header.pop("__metadata__", None)
    return header


def unique_names(pairs):
    names = dict(pairs)
    if len(names) != len(pairs):
        raise FormatError("a name appears twice in the header")
    return names


def check_entry(name, entry):
    """The byte range of one entry, when its members agree with each other."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise FormatError(f"{name}: expected dtype, shape and data_offsets")
    size = ELEMENT_SIZES.get(entry["dtype"]) if isinstance(entry["dtype"], str) else None
    if size is None:
        raise FormatError(f"{name}: unknown dtype")
    for member in ("shape", "data_offsets"):
        numbers = entry[member]
        # bool is a subclass of int, hence the exact type.
        if not isinstance(numbers, list) or any(type(n) is not int or n < 0 for n in numbers):
            raise FormatError(f"{name}: {member} is not a list of natural numbers")
    for dimension in entry["shape"]:
        size *= dimension
    if len(entry["data_offsets"]) != 2:
        raise FormatError(f"{name}: data_offsets is not a pair")
    begin, end = entry["data_offsets"]
    if end - begin != size:
        raise FormatError(f"{name}: {end - begin} bytes, its shape takes {size}")
    return begin, end


def check_tiling(ranges, length):
    """Refuse overlaps, gaps, and ranges past the end: the format allows none of them."""
    position = 0
    for begin, end in sorted(ranges.values()):
        if begin != position:
            raise FormatError(f"tensor data at {begin}, expected at {position}")
        position = end
    if position != length:
        raise FormatError(f"tensors end at {position}, the data at {length}")
