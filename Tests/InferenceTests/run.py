"""Runs the tests and prints one line for each, as every test script does; details go to standard error."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
tests = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(tests))


class Lines(unittest.TextTestResult):
    def startTest(self, test):
        super().startTest(test)
        self.before = len(self.failures) + len(self.errors) + len(self.skipped)

    def stopTest(self, test):
        super().stopTest(test)
        if len(self.failures) + len(self.errors) + len(self.skipped) == self.before:
            print(f"ok {test.id()}", flush=True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"skip {test.id()}: {reason}", flush=True)

    def printErrors(self):
        super().printErrors()
        # A subtest's failure counts with its test; a fixture's failure is one failure.
        for name in sorted({getattr(test, "test_case", test).id() for test, _ in self.failures + self.errors}):
            print(f"not ok {name}", flush=True)


suite = unittest.defaultTestLoader.discover(str(tests))
result = unittest.TextTestRunner(verbosity=0, stream=sys.stderr, resultclass=Lines).run(suite)
sys.exit(not result.wasSuccessful())
