"""config-linux.md: network devices that move into the container."""

import os
import subprocess

from case import case, expect, expect_true, skip_unless


def device(c, name, address=None):
    """One end of a pair of virtual devices on this machine, named apart from those of other cases."""
    name = f"{c.runtime.name[0]}{name}{os.getpid() % 1000}"
    made = subprocess.run(["ip", "link", "add", name, "type", "veth", "peer", "name", f"p{name}"],
                          capture_output=True, text=True, check=False)
    skip_unless(made.returncode == 0, f"no veth here: {made.stderr.strip()}")
    if address:
        c.host("ip", "address", "add", address, "dev", name)
    return name


def remove(*names):
    for name in names:
        subprocess.run(["ip", "link", "delete", f"p{name}"], capture_output=True, check=False)


@case("config-linux.netDevices.available", "config-linux.netDevices.up", "config-linux.netDevices.addresses")
def a_device_moves_with_its_addresses_and_is_up(c):
    name = device(c, "mv", "198.51.100.7/24")
    try:
        c.host("ip", "address", "add", "2001:db8::7/64", "dev", name)
        c.linux["netDevices"] = {name: {}}
        found = c.run(f"ip -o link show {name}; ip -o address show {name}")
        expect_true(",UP" in found.split("\n")[0] or "<UP" in found.split("\n")[0], f"it is not up: {found}")
        expect_true("198.51.100.7/24" in found and "2001:db8::7/64" in found, f"its addresses: {found}")
    finally:
        remove(name)


@case("config-linux.netDevices.name", "config-linux.netDevices.delete")
def a_device_gets_another_name_and_does_not_come_back(c):
    name = device(c, "rn")
    try:
        c.linux["netDevices"] = {name: {"name": "eth7"}}
        expect(c.run("ls /sys/class/net | sort").split(), ["eth7", "lo"], "devices of the container")
        expect_true(not os.path.exists(f"/sys/class/net/{name}") and not os.path.exists("/sys/class/net/eth7"),
                    "it came back")
    finally:
        remove(name)


@case("config-linux.netDevices.exists")
def a_name_that_is_there_is_an_error(c):
    name = device(c, "ex")
    try:
        c.linux["netDevices"] = {name: {"name": "lo"}}
        c.refused("a device with the name lo")
        expect_true(os.path.exists(f"/sys/class/net/{name}"), "the device is gone from this machine")
    finally:
        remove(name)


@case("config-linux.netDevices.template")
def a_template_lets_the_kernel_choose_the_name(c):
    first, second = device(c, "t1"), device(c, "t2")
    try:
        c.linux["netDevices"] = {first: {"name": "eth%d"}, second: {"name": "eth%d"}}
        expect(c.run("ls /sys/class/net | sort").split(), ["eth0", "eth1", "lo"], "devices of the container")
    finally:
        remove(first, second)


@case("config-linux.netDevices.check")
def a_device_that_is_not_there_is_an_error(c):
    c.linux["netDevices"] = {"nosuch9": {}}
    c.refused("a device that is not there")


@case("config-linux.netDevices.check")
def a_device_without_a_network_namespace_is_an_error(c):
    name = device(c, "ns")
    try:
        c.without_namespace("network")
        c.config["mounts"] = [entry for entry in c.config["mounts"] if entry["type"] != "sysfs"]
        c.linux["netDevices"] = {name: {"name": "eth7"}}
        c.refused("a device and no network namespace")
        expect_true(os.path.exists(f"/sys/class/net/{name}"), "the device has another name now")
    finally:
        remove(name)
