# safetensors.py - the .safetensors format read and written anew, from its description alone, so that
# the program's own reader and writer are held against something else. Not a test itself.
import json, struct
import numpy

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8"}


def load(path):
    raw = open(path, "rb").read()
    (length,) = struct.unpack_from("<Q", raw)
    assert length % 8 == 0 and 8 + length <= len(raw)
    header = json.loads(raw[8 : 8 + length])
    data, tensors, at = raw[8 + length :], {}, 0
    header.pop("__metadata__", None)
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        assert begin == at, name
        tensors[name] = numpy.frombuffer(data[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
        at = end
    assert at == len(data)
    return tensors


def save(path, tensors):
    """tensors: name -> array, or name -> (type, array of the bytes' type)"""
    header, data = {"__metadata__": {"made": "by hand"}}, b""
    for name, value in tensors.items():
        kind, array = value if isinstance(value, tuple) else ({8: "F64", 4: "F32", 2: "F16"}[value.dtype.itemsize], value)
        raw = numpy.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)
