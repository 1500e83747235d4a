internal import Bytes
internal import StrictJSON

/// One HTML file with everything in it: no network, no font, no library. What was sent to the node is put into the page
/// as text and never as markup, and a policy of the page itself forbids everything but its own script and style.
public enum ReportPage {
  /// The page.
  public static func html(_ data: ReportData, title: String) -> String {
    // In a script element only these could end it or open another state (HTML, 4.12.1.3); JSON has escapes for them.
    let json = String(decoding: JSONWriter.encode(data.json), as: UTF8.self)
      .split(separator: "<", omittingEmptySubsequences: false).joined(separator: "\\u003c")
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; \
      style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
      <title>\(escaped(title))</title>
      <style>\(style)</style>
      </head>
      <body>
      <a class="skip" href="#records">Skip to the records</a>
      <header>
      <h1>\(escaped(title))</h1>
      <p id="span"></p>
      </header>
      <main>
      <section class="tiles" aria-label="Totals" id="tiles"></section>
      <section aria-labelledby="h-time"><h2 id="h-time">Refused commands over time</h2>
      <div id="timeline"></div></section>
      <div class="columns">
      <section aria-labelledby="h-codes"><h2 id="h-codes">Reasons</h2><div id="codes"></div></section>
      <section aria-labelledby="h-entries"><h2 id="h-entries">Containers</h2><div id="entries"></div></section>
      <section aria-labelledby="h-pods"><h2 id="h-pods">Pods</h2><div id="pods"></div></section>
      </div>
      <section id="records" aria-labelledby="h-records" tabindex="-1"><h2 id="h-records">Records</h2>
      <div class="bar">
      <label for="filter">Filter</label>
      <input id="filter" type="search" placeholder="code, container, pod, place ..." autocomplete="off" spellcheck="false">
      <button id="clear" type="button">Clear</button>
      <span id="count" role="status"></span>
      </div>
      <div id="list"></div>
      <button id="more" type="button">Show more</button>
      </section>
      </main>
      <footer><p>Keys: <kbd>/</kbd> filter, <kbd>j</kbd> <kbd>k</kbd> next and previous record, <kbd>Enter</kbd> open or
      close, <kbd>Esc</kbd> clear the filter. Values that may be secret are shown by their length.</p></footer>
      <script type="application/json" id="data">\(json)</script>
      <script>\(script)</script>
      </body>
      </html>

      """
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\"": result += "&quot;"
      case _: result.append(character)
      }
    }
  }

  private static let style = """

    :root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --ink: #1b2330; --soft: #5a6577; --line: #dde2ea;
      --accent: #2f5fd0; --accent-soft: #e6edfb; --bad: #b3261e; }
    @media (prefers-color-scheme: dark) { :root { --ground: #11151c; --card: #1a202b; --ink: #e7ebf2; --soft: #9aa6b8;
      --line: #2c3543; --accent: #86a8ff; --accent-soft: #243257; --bad: #ff8a80; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
    header, main, footer { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
    header { padding-top: 28px; } h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; }
    h2 { font-size: 15px; margin: 0 0 12px; } p { margin: 0; } #span, footer { color: var(--soft); font-size: 13px; }
    section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px; margin: 16px 0; }
    .columns { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 16px; align-items: start; }
    .columns section { margin: 0; }
    .tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 16px; background: none; border: 0;
      padding: 0; }
    .tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px; }
    .tile b { display: block; font-size: 26px; line-height: 1.25; font-variant-numeric: tabular-nums;
      overflow-wrap: anywhere; }
    .tile span { color: var(--soft); font-size: 13px; } .tile.bad b { color: var(--bad); }
    .tile.text b { font-size: 16px; line-height: 1.4; min-height: 32px; display: flex; align-items: center; }
    .skip { position: absolute; left: -999px; } .skip:focus { left: 12px; top: 12px; background: var(--card);
      padding: 8px; z-index: 1; }
    .row { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px 10px; width: 100%; text-align: left;
      background: none; border: 0; padding: 6px 8px; margin: 0 -8px; border-radius: 6px; color: inherit; font: inherit;
      cursor: pointer; width: calc(100% + 16px); }
    .row:hover, .row[aria-pressed=true] { background: var(--accent-soft); }
    .row span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 13px; }
    .row b { font-variant-numeric: tabular-nums; font-weight: 600; font-size: 13px; }
    .row i { grid-column: 1 / 3; height: 4px; border-radius: 2px; background: var(--accent); min-width: 2px; }
    svg { width: 100%; height: 130px; display: block; margin-top: -8px; } svg rect { fill: var(--accent); }
    svg text { fill: var(--soft); font: 11px system-ui, sans-serif; } svg line { stroke: var(--line); }
    .bar { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; margin-bottom: 12px; }
    .bar span { color: var(--soft); font-size: 13px; }
    input { flex: 1 1 220px; min-width: 0; font: inherit; padding: 7px 10px; border: 1px solid var(--line);
      border-radius: 7px; background: var(--ground); color: inherit; }
    button { font: inherit; padding: 7px 12px; border: 1px solid var(--line); border-radius: 7px; background: var(--card);
      color: inherit; cursor: pointer; }
    details { border-top: 1px solid var(--line); } summary { display: grid; cursor: pointer; list-style: none;
      grid-template-columns: 64px 168px 62px minmax(0, 1.1fr) minmax(0, 2fr); gap: 12px; padding: 8px 4px;
      font-size: 13px; align-items: baseline; }
    summary::-webkit-details-marker { display: none; }
    summary span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    summary .num, .time { font-variant-numeric: tabular-nums; color: var(--soft); } .code { font-weight: 600; }
    summary:hover { background: var(--accent-soft); }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; border-radius: 4px; }
    .detail { padding: 4px 4px 16px; font-size: 13px; } .detail h3 { font-size: 13px; margin: 12px 0 4px; }
    dl { display: grid; grid-template-columns: 92px minmax(0, 1fr); gap: 2px 12px; margin: 0; } dt { color: var(--soft); }
    dd { margin: 0; overflow-wrap: anywhere; } code { font: 12.5px ui-monospace, monospace; }
    .fix { border-left: 3px solid var(--accent); padding: 4px 10px; margin-top: 6px; background: var(--accent-soft); }
    .none { color: var(--soft); font-size: 13px; } #more { margin-top: 12px; } footer { padding: 8px 20px 32px; }
    kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; font: 12px ui-monospace, monospace; }
    @media (max-width: 760px) { .columns { grid-template-columns: minmax(0, 1fr); }
      .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; }
      summary { grid-template-columns: 52px minmax(0, 1fr) auto; gap: 2px 10px; }
      summary .time { order: 5; grid-column: 2; } summary .reason { order: 6; grid-column: 1 / 4; white-space: normal; }
      summary .verb { order: 3; } summary .code { order: 2; } summary .num { order: 1; }
      header, main, footer { padding-left: 12px; padding-right: 12px; } section { padding: 14px; } }
    @media print { .bar, #more, footer { display: none; } }

    """

  private static let script = #"""

    'use strict';
    const data = JSON.parse(document.getElementById('data').textContent);
    const at = id => document.getElementById(id);
    function make(tag, className, text) {
      const element = document.createElement(tag);
      if (className) element.className = className;
      if (text !== undefined) element.textContent = text;
      return element;
    }
    const number = value => value.toLocaleString('en');
    const short = time => time.slice(0, 10) + ' ' + time.slice(11, 19);
    at('span').textContent = data.first ? short(data.first) + ' to ' + short(data.last) + ' UTC' : 'No decisions.';
    function tile(value, label, className) {
      const element = make('div', 'tile ' + (className || ''));
      element.append(make('b', '', value), make('span', '', label));
      at('tiles').append(element);
    }
    tile(number(data.denied), 'commands refused', data.denied ? 'bad' : '');
    tile(number(data.admitted), 'commands admitted');
    tile(data.codes.length ? data.codes[0].name : '-', 'most frequent reason', 'text');
    tile(data.entries.length ? data.entries[0].name : '-', 'most refused container', 'text');

    function timeline() {
      const box = at('timeline'), points = data.timeline;
      if (!points.length) { box.append(make('p', 'none', 'Nothing was refused.')); return; }
      const from = points[0][0], to = points[points.length - 1][0] + 60;
      const steps = [60, 300, 900, 3600, 10800, 21600, 86400, 604800];
      const step = steps.find(s => (to - from) / s <= 80) || 2592000;
      const start = Math.floor(from / step) * step, bars = [];
      for (let time = start; time < to; time += step) bars.push({ time, count: 0 });
      for (const [time, count] of points) bars[Math.floor((time - start) / step)].count += count;
      const most = Math.max(...bars.map(bar => bar.count)), width = 1000, height = 150, base = height - 22;
      const space = 'http://www.w3.org/2000/svg', svg = document.createElementNS(space, 'svg');
      svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
      svg.setAttribute('preserveAspectRatio', 'none');
      svg.setAttribute('role', 'img');
      const unit = step >= 86400 ? step / 86400 + ' d' : step >= 3600 ? step / 3600 + ' h' : step / 60 + ' min';
      svg.setAttribute('aria-label', `Bars of ${unit}; at most ${most} refused commands in one`);
      const part = Math.min(width / bars.length, 40);
      bars.forEach((bar, index) => {
        const rect = document.createElementNS(space, 'rect');
        const tall = bar.count ? Math.max(2, bar.count / most * (base - 16)) : 0;
        for (const [key, value] of Object.entries({ x: index * part + 0.5, y: base - tall,
          width: Math.max(0.8, part - 1.5), height: tall })) rect.setAttribute(key, value);
        const title = document.createElementNS(space, 'title');
        title.textContent = short(new Date(bar.time * 1000).toISOString()) + ': ' + number(bar.count);
        rect.append(title);
        svg.append(rect);
      });
      const line = document.createElementNS(space, 'line');
      for (const [key, value] of Object.entries({ x1: 0, x2: width, y1: base, y2: base })) line.setAttribute(key, value);
      svg.append(line);
      box.append(svg);
      const legend = make('p', 'none', `${short(new Date(start * 1000).toISOString())} to ` +
        `${short(new Date(to * 1000).toISOString())}, bars of ${unit}, at most ${number(most)} in one`);
      box.append(legend);
    }
    timeline();

    let filter = '', limit = 100, current = -1;
    function groups(id, list, prefix) {
      const box = at(id);
      if (!list.length) { box.append(make('p', 'none', 'None.')); return; }
      const most = list[0].count;
      list.slice(0, 8).forEach(group => {
        const row = make('button', 'row');
        row.type = 'button';
        row.title = group.name + (data.pages[group.name] ? ': ' + data.pages[group.name].cause : '');
        row.setAttribute('aria-pressed', 'false');
        row.dataset.filter = prefix + group.name;
        const bar = make('i');
        bar.style.width = Math.max(1, 100 * group.count / most) + '%';
        row.append(make('span', '', group.name), make('b', '', number(group.count)), bar);
        row.addEventListener('click', () => set(filter === row.dataset.filter ? '' : row.dataset.filter));
        box.append(row);
      });
      if (list.length > 8) box.append(make('p', 'none', `and ${number(list.length - 8)} more`));
    }
    groups('codes', data.codes, 'code:');
    groups('entries', data.entries, 'entry:');
    groups('pods', data.pods, 'pod:');

    const text = record => [record.n, record.t, record.v, record.c, record.e, record.d, record.s,
      ...record.r.flatMap(r => [r.k, r.p, r.e, r.a])].join(' ').toLowerCase();
    for (const record of data.records) record.text = text(record);
    function matches(record) {
      const at = filter.indexOf(':'), key = filter.slice(0, at), value = filter.slice(at + 1);
      switch (at > 0 ? key : '') {
        case 'code': return record.r.some(r => r.k === value);
        case 'entry': return (record.e || '-') === value;
        case 'pod': return (record.d || '-') === value;
        case 'container': return record.c.startsWith(value);
        case 'verb': return record.v === value;
        default: return filter.toLowerCase().split(/\s+/).every(word => record.text.includes(word));
      }
    }
    function pair(list, name, value, asCode) {
      list.append(make('dt', '', name));
      const element = make('dd');
      element.append(asCode ? make('code', '', value) : value);
      list.append(element);
    }
    function detail(record) {
      const box = make('div', 'detail'), list = make('dl');
      pair(list, 'time', record.t, true);
      pair(list, 'command', record.v + ' ' + record.c, true);
      if (record.d) pair(list, 'pod', record.d, true);
      if (record.e) pair(list, 'entry', record.e, true);
      pair(list, 'policy', record.y || (record.s ? '-' : 'none was attested'), true);
      box.append(list);
      for (const reason of record.r) {
        box.append(make('h3', '', reason.k + (reason.p ? ' at ' + reason.p : '')));
        const list = make('dl');
        pair(list, 'expected', reason.e, true);
        pair(list, 'found', reason.a, true);
        const page = data.pages[reason.k];
        if (page) pair(list, 'cause', page.cause);
        box.append(list);
        if (page) box.append(make('p', 'fix', page.fix));
      }
      if (record.o) box.append(make('p', 'none', `and ${number(record.o)} further violations`));
      return box;
    }
    function show() {
      const list = at('list'), found = data.records.filter(matches);
      list.replaceChildren();
      current = -1;
      for (const record of found.slice(0, limit)) {
        const row = make('details'), summary = make('summary'), first = record.r[0];
        const reason = record.s || (first ? (first.p ? first.p + ': ' : '') + 'expected ' + first.e + ', found ' + first.a
          : '');
        summary.append(make('span', 'num', '#' + record.n), make('span', 'time', short(record.t)),
          make('span', 'verb', record.v), make('span', 'code', first ? first.k : 'counted'),
          make('span', 'reason', (record.e ? record.e + ': ' : '') + reason));
        row.append(summary);
        row.addEventListener('toggle', () => { if (row.open && !row.querySelector('.detail')) row.append(detail(record)); });
        list.append(row);
      }
      if (!found.length) list.append(make('p', 'none', 'No record matches.'));
      at('more').hidden = found.length <= limit;
      const of = data.denied > data.records.length ? ` of the newest ${number(data.records.length)}` : '';
      at('count').textContent = `${number(found.length)} record${found.length === 1 ? '' : 's'}${of}`;
      for (const row of document.querySelectorAll('.row'))
        row.setAttribute('aria-pressed', String(row.dataset.filter === filter));
    }
    function set(value) { filter = value; limit = 100; at('filter').value = value; show(); }
    at('filter').addEventListener('input', event => { filter = event.target.value.trim(); limit = 100; show(); });
    at('clear').addEventListener('click', () => { set(''); at('filter').focus(); });
    at('more').addEventListener('click', () => { limit += 400; show(); });
    function move(step) {
      const rows = [...document.querySelectorAll('#list summary')];
      if (!rows.length) return;
      const focused = rows.indexOf(document.activeElement);
      current = Math.min(rows.length - 1, Math.max(0, (focused < 0 ? current : focused) + step));
      rows[current].focus();
    }
    document.addEventListener('keydown', event => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target === at('filter')) {
        if (event.key === 'Escape') { set(''); at('filter').blur(); }
        if (event.key === 'ArrowDown') { event.preventDefault(); move(1); }
        return;
      }
      if (event.key === '/') { event.preventDefault(); at('filter').focus(); }
      if (event.key === 'j') move(1);
      if (event.key === 'k') move(-1);
      if (event.key === 'Escape') set('');
    });
    show();

    """#
}
