import json
import os
import tempfile
import unittest

import support

import safetensors


def entry(begin, end, shape=None, dtype="U8"):
    return {"dtype": dtype, "shape": [end - begin] if shape is None else shape, "data_offsets": [begin, end]}


def file_of(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


class SafetensorsTests(unittest.TestCase):
    def read(self, content):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            return safetensors.read(file.name)

    def test_tensors_are_views_of_their_bytes(self):
        header = {"__metadata__": {"format": "pt"}, "b": entry(2, 10, [2, 1], "F32"), "a": entry(0, 2), "c": entry(10, 10, [0])}
        tensors = self.read(file_of(header, bytes(range(10))))
        self.assertEqual(sorted(tensors), ["a", "b", "c"])
        self.assertEqual(bytes(tensors["a"].data), b"\x00\x01")
        self.assertEqual(bytes(tensors["b"].data), bytes(range(2, 10)))
        self.assertEqual((tensors["b"].dtype, tensors["b"].shape), ("F32", (2, 1)))
        self.assertTrue(tensors["b"].data.readonly)

    def test_bad_files_are_refused(self):
        for message, content in {
            "too few": b"",
            "too few for a header": b"\0" * 7,
            "at most": (1 << 63).to_bytes(8, "little") + b"{}",
            "in a file of": (100).to_bytes(8, "little") + b"{}",
            "not JSON": file_of(b"{"),
            "header is not JSON": file_of(b"\xff\xfe"),
            "JSON: maximum recursion": file_of(b"[" * 100_000),
            "not an object": file_of(b"[]"),
            "appears twice": file_of(b'{"a":1,"a":2}'),
            "expected dtype": file_of({"a": 1}),
            "dtype, shape and": file_of({"a": entry(0, 1) | {"more": 1}}, b"x"),
            "unknown dtype": file_of({"a": entry(0, 1, dtype="F7")}, b"x"),
            "a: unknown dtype": file_of({"a": entry(0, 1) | {"dtype": []}}, b"x"),
            "shape is not": file_of({"a": entry(0, 1, [-1])}, b"x"),
            "a: shape is not": file_of({"a": entry(0, 1, [True])}, b"x"),
            "data_offsets is not a list": file_of({"a": entry(0, 1) | {"data_offsets": [0, 1.0]}}, b"x"),
            "not a pair": file_of({"a": entry(0, 1) | {"data_offsets": [0, 1, 2]}}, b"x"),
            "its shape takes 8": file_of({"a": entry(0, 4, [2], "F32")}, b"xxxx"),
            "its shape takes 1$": file_of({"a": {"dtype": "U8", "shape": [1], "data_offsets": [1, 0]}}, b"x"),
            "4 bytes, its shape takes": file_of({"a": entry(0, 4, [1 << 60, 1 << 62], "F32")}, b"xxxx"),
            "data at 1, expected at 2": file_of({"a": entry(0, 2), "b": entry(1, 3)}, b"xxx"),
            "data at 2, expected at 1": file_of({"a": entry(0, 1), "b": entry(2, 3)}, b"xxx"),
            "end at 3, the data at 2": file_of({"a": entry(0, 3)}, b"xx"),
            "end at 1, the data at 2": file_of({"a": entry(0, 1)}, b"xx"),
        }.items():
            with self.subTest(message):
                with self.assertRaisesRegex(safetensors.FormatError, message):
                    self.read(content)

    @unittest.skipUnless(support.MODEL, "INFERENCE_MODEL is not set")
    def test_truncated_model_is_refused(self):
        path = os.path.join(support.MODEL, "model.safetensors")
        size = os.stat(path).st_size
        with open(path, "rb") as file, tempfile.NamedTemporaryFile() as copy:
            while chunk := file.read(1 << 20):
                copy.write(chunk)
            copy.truncate(size - 1)
            copy.flush()
            with self.assertRaises(safetensors.FormatError):
                safetensors.read(copy.name)


if __name__ == "__main__":
    unittest.main()
