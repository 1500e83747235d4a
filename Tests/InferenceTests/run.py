"""Runs the tests and prints their count as the last line."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
tests = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(tests))
suite = unittest.defaultTestLoader.discover(str(tests))
result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
# A subtest's failure counts with its test; a fixture's failure is one failure.
failed = len({getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors})
skipped = len(result.skipped)
print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
sys.exit(not result.wasSuccessful())
