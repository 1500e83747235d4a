"""bundle.md and glossary.md: the files of a bundle, and its JSON."""

import json
import os

from case import case, expect, expect_true


@case("bundle.config-json")
def the_configuration_is_config_json_of_the_bundle(c):
    result = c.runtime("create", "--bundle", c.bundle, c.id)
    expect_true(result.failed, "create of a bundle without config.json did not fail")
    c.write()
    os.rename(f"{c.bundle}/config.json", f"{c.bundle}/config.JSON")
    result = c.runtime("create", "--bundle", c.bundle, c.id)
    expect_true(result.failed, "create of a bundle with config.JSON did not fail")
    expect(c.run("echo found"), "found", "with config.json")


@case("bundle.root")
def the_root_file_system_is_the_folder_that_is_named(c):
    os.rename(c.root, f"{c.bundle}/files")
    c.config["root"]["path"] = "files"
    expect(c.run("echo found"), "found", "what it printed")


@case("glossary.json.utf8")
def a_configuration_that_is_no_utf8_is_an_error(c):
    c.process["env"].append("X=MARK")
    text = json.dumps(c.config).encode().replace(b"MARK", b"\xff\xfe")
    with open(f"{c.bundle}/config.json", "wb") as file:
        file.write(text)
    result = c.runtime("create", "--bundle", c.bundle, c.id)
    c.made = not result.failed
    expect_true(result.failed, "create did not fail")


@case("glossary.json.utf8")
def characters_beyond_ascii_are_read(c):
    text = json.dumps(c.config | {"annotations": {"org.example.ä": "ü€😀"}}, ensure_ascii=False)
    c.config = text
    c.create()
    expect(c.state["annotations"].get("org.example.ä"), "ü€😀", "the annotation")


@case("glossary.json.duplicates")
def a_name_that_is_there_twice_is_an_error(c):
    c.config = json.dumps(c.config).replace('"hostname"', '"hostname": "first", "hostname"', 1)
    c.refused("hostname twice")


@case("glossary.json.order")
def the_order_of_members_does_not_matter(c):
    c.config = json.dumps(c.config | {"process": c.config["process"] | {"args": ["hostname"]}}, sort_keys=True)
    expect(c.run(), "box", "sorted")
    other = c.another()
    other.config["process"]["args"] = ["hostname"]
    other.config = json.dumps(dict(reversed(other.config.items())))
    expect(other.run(), "box", "in reverse")


@case("config.valid-values")
def what_is_no_json_is_an_error(c):
    for text in ("", "{", "[]", "null", json.dumps(c.config) + "}"):
        other = c.another()
        other.config = text
        other.refused(f"the configuration {text[:10]!r}")
