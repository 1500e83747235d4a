"""Looks at a report of denials in a real browser, without a network: two widths, light and dark, and by keys alone.

usage: report.py REPORT.html FOLDER-FOR-SCREENSHOTS
Prints a line for each case.
"""

import base64
import json
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request

report, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
driver = subprocess.Popen(
    ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def call(path, body=None, method=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)["value"]


def same(name, expected, actual):
    print(f"ok {name}" if expected == actual else f"not ok {name}: expected {expected!r}, got {actual!r}")


session = None
try:
    for _ in range(200):
        try:
            call("/status")
            break
        except OSError:
            time.sleep(0.1)
    options = {
        "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 "--host-resolver-rules=MAP * ~NOTFOUND"]}
    capabilities = {
        "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
    session = "/session/" + call("/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]

    def script(text):
        return call(session + "/execute/sync", {"script": "return " + text, "args": []})

    def developer(command, parameters):
        return call(session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def press(keys):
        strokes = [{"type": step, "value": key} for key in keys for step in ("keyDown", "keyUp")]
        call(session + "/actions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    # Where a document asks for anything, it is seen here.
    developer("Network.enable", {})
    call(session + "/url", {"url": report.as_uri()})
    for width, height in ((1280, 900), (390, 844)):
        for scheme in ("light", "dark"):
            developer("Emulation.setDeviceMetricsOverride",
                      {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
            developer("Emulation.setEmulatedMedia",
                      {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
            picture = developer("Page.captureScreenshot", {"format": "png"})["data"]
            (folder / f"report-{width}-{scheme}.png").write_bytes(base64.b64decode(picture))
            same(f"{width}-{scheme}-fits-its-width", True,
                 script("document.documentElement.scrollWidth <= window.innerWidth"))
            ground = script("getComputedStyle(document.body).backgroundColor").strip("rgb()").split(",")
            same(f"{width}-{scheme}-has-its-colours", scheme == "dark", sum(map(int, ground[:3])) < 200)
            # WCAG 2.1, 1.4.3: text has 4.5 times the luminance of its ground, or the other way round.
            same(f"{width}-{scheme}-can-be-read", True, script("""(() => {
              const light = text => { const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map(value => {
                value /= 255; return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
              const ground = element => { for (let at = element; at; at = at.parentElement) {
                const colour = getComputedStyle(at).backgroundColor; if (!/, 0\\)$/.test(colour)) return colour; }
                return 'rgb(255,255,255)'; };
              const texts = [...document.querySelectorAll('main *, header *, footer *')].filter(element =>
                [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())
                  && element.getClientRects().length);
              return texts.every(element => {
                const one = light(getComputedStyle(element).color), two = light(ground(element));
                return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05) >= 4.5; }); })()"""))
    developer("Emulation.setDeviceMetricsOverride",
              {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False})

    total = script("data.records.length")
    same("records-are-listed", min(100, total), script("document.querySelectorAll('#list details').length"))
    press("/")
    same("slash-goes-to-the-filter", "filter", script("document.activeElement.id"))
    code = script("data.codes[0].name")
    press(code.lower())
    left = script("[...document.querySelectorAll('#list .code')].map(element => element.textContent)")
    same("typing-filters", True, len(left) > 0 and set(left) == {code})
    press("\ue00c")  # Escape
    same("escape-clears", "", script("document.getElementById('filter').value"))
    press("jj")
    same("j-goes-to-the-next-record", 1, script(
        "[...document.querySelectorAll('#list summary')].indexOf(document.activeElement)"))
    press("\ue007")  # Enter
    same("enter-opens-it", True, script("document.activeElement.parentElement.open"))
    time.sleep(0.2)
    same("a-record-has-what-to-do", True, script("Boolean(document.activeElement.parentElement.querySelector('.fix'))"))
    picture = developer("Page.captureScreenshot", {"format": "png"})["data"]
    (folder / "report-open.png").write_bytes(base64.b64decode(picture))
    # By the tabulator alone: the first stop leads past what stands before the records.
    script("(document.activeElement.blur(), window.scrollTo(0, 0), document.body.focus())")
    script("document.querySelector('.skip').focus()")
    press("\ue007")
    same("the-first-stop-leads-to-the-records", "#records", script("location.hash"))
    script("document.querySelector('#codes .row').focus()")
    press("\ue007")
    same("a-reason-is-drilled-into", "code:" + code, script("document.getElementById('filter').value"))
    same("and-is-told-to-screen-readers", "true",
         script("document.querySelector('#codes .row').getAttribute('aria-pressed')"))
    same("what-was-sent-is-no-markup", 0, script("document.querySelectorAll('#list img, #list script').length"))
    log = [entry["message"] for entry in call(session + "/se/log", {"type": "browser"})]
    same("nothing-goes-wrong-in-it", [], log)
    same("nothing-is-fetched", 0, script("performance.getEntriesByType('resource').length"))
finally:
    if session:
        try:
            call(session, method="DELETE")
        except OSError:
            pass
    driver.terminate()
    driver.wait()
