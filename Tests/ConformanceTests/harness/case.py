"""Cases: a function of a feature folder, with the requirements that it covers."""

import functools


class Failed(Exception):
    """The runtime did something else than what is required."""


class Skipped(Exception):
    """This machine cannot show it."""


class Case:
    def __init__(self, folder, function, requirements):
        self.folder = folder
        self.function = function
        self.name = f"{folder}/{function.__name__.replace('_', '-')}"
        self.requirements = requirements


cases = []


def case(*requirements):
    """Registers a function as the test of these requirements of REQUIREMENTS.md."""

    def register(function):
        folder = function.__module__.split(".")[1]
        cases.append(Case(folder, function, requirements))
        return function

    return register


def cases_of(values, requirement):
    """Registers a function as one case for each value: the test of `requirement` with the value in its place."""

    def register(function):
        folder = function.__module__.split(".")[1]
        for value in values:
            one = functools.partial(function, value=value)
            one.__name__ = f"{function.__name__}_{value}"
            cases.append(Case(folder, one, (requirement.format(value),)))
        return function

    return register


def expect(actual, wanted, what="it"):
    """Fails unless the two are equal."""
    if actual != wanted:
        raise Failed(f"{what}: expected {wanted!r}, got {actual!r}")


def expect_true(condition, what):
    """Fails with this description unless the condition holds."""
    if not condition:
        raise Failed(what)


def skip_unless(condition, why):
    """Skips the case where the machine lacks what it needs."""
    if not condition:
        raise Skipped(why)
