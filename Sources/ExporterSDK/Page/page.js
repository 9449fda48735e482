"use strict";
// Keeps the page fresh: the collectors' states from status.json, and plots of the exporter's own metrics.

const settings = JSON.parse(document.getElementById("settings").textContent);
const secondsBetween = 5;
const pointsMax = 60;
const linesMax = 5;

// --- The text format: only what the plots need of it

const wanted = new Set(settings.plots.flatMap((plot) =>
  [...plot.terms, plot.minus, plot.over].filter(Boolean).map((term) =>
    term.quantile === null ? term.metric : term.metric + "_bucket")));

function parse(text) {
  const samples = new Map();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const name = line.match(/^[a-zA-Z_:][a-zA-Z0-9_:]*/)?.[0];
    if (!wanted.has(name)) continue;
    const labels = {};
    let at = name.length;
    if (line[at] === "{") {
      const pattern = /[{,]([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/gy;
      pattern.lastIndex = at;
      for (let match; (match = pattern.exec(line)); at = pattern.lastIndex) {
        labels[match[1]] = match[2].replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped));
      }
      at += 1;
    }
    const value = Number(line.slice(at).trim().split(" ")[0]);
    if (Number.isNaN(value)) continue;
    if (!samples.has(name)) samples.set(name, []);
    samples.get(name).push({ labels, value });
  }
  return samples;
}

// --- From samples to numbers

// The sum of a term's samples, for each value of the label that a plot has a line for.
function sums(term, by, samples) {
  const result = new Map();
  for (const sample of samples.get(term.metric) ?? []) {
    if (term.label !== null && (sample.labels[term.label] === term.value) === term.not) continue;
    const key = by === null ? "" : sample.labels[by] ?? "";
    result.set(key, (result.get(key) ?? 0) + sample.value);
  }
  return result;
}

function values(term, by, now, before) {
  const current = sums(term, by, now.samples);
  if (!term.rate) return current;
  const result = new Map();
  if (before === null) return result;
  const earlier = sums(term, by, before.samples);
  for (const [key, value] of current) {
    // A counter that went down began anew.
    if (earlier.has(key)) result.set(key, Math.max(0, value - earlier.get(key)) / (now.time - before.time));
  }
  return result;
}

// The counts of a histogram's buckets, all its series together, by their upper bounds.
function buckets(metric, samples) {
  const result = new Map();
  for (const { labels, value } of samples.get(metric + "_bucket") ?? []) {
    const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
    result.set(bound, (result.get(bound) ?? 0) + value);
  }
  return result;
}

// Within its bucket, observations are taken to lie evenly; in the last one, at its lower bound.
function quantile(term, now, earlier) {
  const current = buckets(term.metric, now.samples);
  const former = earlier === null ? new Map() : buckets(term.metric, earlier.samples);
  const bounds = [...current.keys()].sort((a, b) => a - b);
  const counts = bounds.map((bound) => Math.max(0, current.get(bound) - (former.get(bound) ?? 0)));
  const total = counts.at(-1) ?? 0;
  if (total === 0) return null;
  const rank = term.quantile * total;
  const index = counts.findIndex((count) => count >= rank);
  const low = index === 0 ? 0 : bounds[index - 1];
  if (!Number.isFinite(bounds[index])) return low;
  const below = index === 0 ? 0 : counts[index - 1];
  return low + ((bounds[index] - low) * (rank - below)) / (counts[index] - below);
}

function evaluate(plot, now, before) {
  if (plot.terms[0].quantile !== null) {
    const value = quantile(plot.terms[0], now, scrapes[0] ?? null);
    return new Map(value === null ? [] : [["", value]]);
  }
  const [first, ...others] = plot.terms.map((term) => values(term, plot.by, now, before));
  const minus = plot.minus && values(plot.minus, plot.by, now, before);
  const over = plot.over && values(plot.over, plot.by, now, before);
  const result = new Map();
  for (const [key, start] of first) {
    let value = others.reduce((sum, other) => sum + (other.get(key) ?? 0), start);
    if (minus) value -= minus.get(key) ?? NaN;
    if (over) value /= over.get(key) ?? NaN;
    if (Number.isFinite(value)) result.set(key, value);
  }
  return result;
}

// --- Writing numbers

function scaled(value, base, units) {
  let unit = 0;
  while (Math.abs(value) >= base && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  return `${value.toFixed(Math.abs(value) >= 100 || (unit === 0 && Number.isInteger(value)) ? 0 : 1)} ${units[unit]}`.trim();
}

const bytes = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const write = {
  ratio: (value) => `${(value * 100).toFixed(1)} %`,
  bytes: (value) => scaled(value, 1024, bytes),
  bytesPerSecond: (value) => `${scaled(value, 1024, bytes)}/s`,
  seconds: (value) => (value !== 0 && Math.abs(value) < 1 ? `${(value * 1000).toPrecision(3)} ms` : `${value.toPrecision(3)} s`),
  perSecond: (value) => `${scaled(value, 1000, ["", "k", "M", "G"])}/s`,
  count: (value) => scaled(value, 1000, ["", "k", "M", "G"]),
  number: (value) => String(Number(value.toPrecision(3))),
};

// --- Drawing

function element(name, attributes = {}, text = "") {
  const isSVG = ["svg", "polyline", "line", "rect"].includes(name);
  const node = isSVG ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
}

class Figure {
  constructor(plot) {
    this.plot = plot;
    this.lines = new Map();
    this.times = [];
    this.node = element("figure");
    document.getElementById("plots").append(this.node);
    this.draw();
  }

  add(time, numbers) {
    this.times.push(time);
    for (const key of numbers.keys()) {
      if (!this.lines.has(key)) this.lines.set(key, this.times.map(() => null));
    }
    for (const [key, points] of this.lines) {
      points[this.times.length - 1] = numbers.get(key) ?? null;
      while (points.length > pointsMax) points.shift();
      if (points.every((point) => point === null)) this.lines.delete(key);
    }
    while (this.times.length > pointsMax) this.times.shift();
    this.draw();
  }

  // The largest lines; there can be hundreds of disks or interfaces.
  shown() {
    const last = (points) => points.findLast((point) => point !== null) ?? 0;
    return [...this.lines].sort((a, b) => last(b[1]) - last(a[1]) || (a[0] < b[0] ? -1 : 1)).slice(0, linesMax);
  }

  draw() {
    const { title, unit, by, bands } = this.plot;
    const lines = this.shown();
    const all = lines.flatMap(([, points]) => points.filter((point) => point !== null));
    const top = unit === "ratio" ? 1 : Math.max(...all, bands === null ? 0 : bands[1] * 1.2) || 1;
    const bottom = Math.min(...all, 0);
    const latest = (points) => (points.at(-1) === null ? "–" : write[unit](points.at(-1)));
    const grade = (value) => (bands === null || value === null ? "" : value <= bands[0] ? " good" : value > bands[1] ? " poor" : " fair");
    const caption = element("figcaption");
    caption.append(element("span", {}, title));
    caption.append(element("span", { class: "now" + grade(lines[0]?.[1].at(-1) ?? null) }, by === null && lines.length > 0 ? latest(lines[0][1]) : ""));
    const end = this.times.at(-1) ?? 0;
    const span = Math.max(60, end - (this.times[0] ?? end));
    const svg = element("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img", "aria-label": title });
    const place = (value) => 100 - ((value - bottom) / (top - bottom)) * 100;
    const edges = bands === null ? [] : [["good", bottom, bands[0]], ["fair", bands[0], bands[1]], ["poor", bands[1], top]];
    for (const [name, low, high] of edges) {
      svg.append(element("rect", { class: name, x: 0, width: 100, y: place(high), height: Math.max(0, place(low) - place(high)) }));
    }
    for (const y of [0, 50, 100]) svg.append(element("line", { class: "axis", x1: 0, x2: 100, y1: y, y2: y }));
    lines.forEach(([, points], index) => {
      const coordinates = points.flatMap((point, at) => (point === null ? [] :
        [`${(100 - ((end - this.times[at]) / span) * 100).toFixed(2)},${place(point).toFixed(2)}`]));
      svg.append(element("polyline", { class: `c${index}`, points: coordinates.join(" ") }));
    });
    const scale = element("div", { class: "scale" });
    scale.append(element("span", {}, `${write[unit](bottom)} to ${write[unit](top)}`));
    scale.append(element("span", {}, lines.length > 0 ? `${Math.round(span / 60)} min` : "waiting for two scrapes"));
    this.node.replaceChildren(caption, svg, scale);
    if (by !== null) {
      const list = element("ul");
      lines.forEach(([key, points], index) => {
        const item = element("li", { class: `c${index}` });
        item.append(element("span", {}, key), element("span", {}, latest(points)));
        list.append(item);
      });
      this.node.append(list);
    }
  }
}

// --- The collectors and the exporter's health

function showHealth(text, isBad) {
  const health = document.getElementById("health");
  health.textContent = text;
  health.classList.toggle("bad", isBad);
}

function showCollectors(collectors) {
  for (const collector of collectors) {
    const row = document.getElementById(`collector-${collector.name}`);
    if (row === null) continue;
    const [, state, milliseconds, series, help] = row.cells;
    state.textContent = collector.state;
    state.className = `state ${collector.state}`;
    milliseconds.textContent = collector.milliseconds ?? "";
    series.textContent = collector.series ?? "";
    help.querySelector("small").textContent = collector.remark;
  }
  const failing = collectors.filter((collector) => collector.state === "failed").length;
  showHealth(failing === 0 ? "Healthy" : `${failing} of ${collectors.length} collectors failing`, failing > 0);
}

// --- The rounds

// A page may be opened by an address with a password in it, from which nothing can be fetched; the browser knows it by now.
const here = new URL(location.href);
here.username = here.password = "";

async function get(address) {
  const answer = await fetch(new URL(address, here), { cache: "no-store", headers: { Accept: "text/plain;version=0.0.4" } });
  if (!answer.ok) throw new Error(`${address.split("?")[0]} answers ${answer.status}`);
  return answer;
}

const figures = settings.plots.map((plot) => new Figure(plot));
let before = null;
// The scrapes of the last minutes, oldest first: what quantiles are of.
const scrapes = [];

async function round() {
  try {
    // Once all of them, so that each collector has a state; then only what is drawn.
    const chosen = before === null ? "" : "?" + settings.collectors.map((name) => `collect[]=${name}`).join("&");
    if (before === null || figures.length > 0) {
      const answer = await get(settings.metrics + chosen);
      const now = { time: performance.now() / 1000, samples: parse(await answer.text()) };
      for (const figure of figures) {
        const numbers = evaluate(figure.plot, now, before);
        if (numbers.size > 0) figure.add(now.time, numbers);
      }
      before = now;
      scrapes.push(now);
      if (scrapes.length > pointsMax) scrapes.shift();
    }
    showCollectors((await (await get("status.json")).json()).collectors);
  } catch (error) {
    showHealth(`No answer: ${error.message}`, true);
  }
}

// The second round comes soon, as rates need two; a page that nobody sees asks for nothing.
async function go(rounds) {
  if (!document.hidden) await round();
  setTimeout(() => go(rounds + 1), (rounds === 0 ? 1 : secondsBetween) * 1000);
}

go(0);
