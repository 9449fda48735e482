// The agent of web-vitals-collector. It measures a page view and tells the collector, in one message a view if it can.
//
// It keeps nothing on the device and knows nobody: no cookie, no storage, no identifier that outlives the page. It
// patches nothing of the page's except, where there is no Navigation API, history.pushState and replaceState.
// Settings are attributes of its script element, so a Content-Security-Policy needs only script-src and connect-src:
//
//   data-endpoint   where messages go; "beacon" beside the script if not given
//   data-page       the route template of this page, "/posts/[id]"; its path if not given
//   data-sample     the share of page loads that are measured, 0 to 1; all if not given
//   data-engaged    seconds in view that make a visit an engaged one; 10 if not given
//   data-consent    "wait": nothing is measured before webVitalsAgent.start()
//   data-privacy    "honour": not where the browser says Global Privacy Control or Do Not Track
(() => {
  "use strict";
  const Observer = window.PerformanceObserver;
  if (window.webVitalsAgent || !Observer || !Observer.supportedEntryTypes) return;

  const script = document.currentScript || document.querySelector("script[data-endpoint]");
  const setting = script?.dataset || {};
  const endpoint = new URL(setting.endpoint || "beacon", script?.src || location.href).href;
  const sampleRate = setting.sample ? Number(setting.sample) : 1;
  const engagedAfter = Number(setting.engaged || 10) * 1000;

  // What is recorded of a page at most, so that one which is open for days does not grow.
  const RECORDS = 1000;
  const RECORDING = 60000;

  const supports = (type) => Observer.supportedEntryTypes.includes(type);
  const rounded = (value) => Math.round(value * 1000) / 1000;
  const isHidden = () => document.visibilityState === "hidden";

  let view;
  // Of the page load, which all its views share.
  let activation = 0;
  let firstHidden = Infinity;
  let navigationEntry;
  const tasks = [];
  const requests = [];
  const texts = [];
  const pictures = new Map();
  let firstPaint;
  let speedIndex;
  const countedImages = new WeakSet();

  // MARK: Views

  const hex = () => {
    let text = "";
    for (const word of crypto.getRandomValues(new Uint32Array(2))) text += word.toString(16).padStart(8, "0");
    return text;
  };

  // A page load, its return from the back/forward cache, or a route of a single-page application. What it is not (engaged,
  // continued, an entry) has no field yet.
  const open = (navigation, start, page) => {
    view = {
      id: hex(),
      seq: 0,
      navigation,
      isLoad: !view,
      start,
      page: page || location.pathname,
      vitals: {},
      counts: {},
      shift: { sum: 0, first: 0, last: -Infinity, largest: 0 },
      interactions: [],
      interactionsBefore: performance.interactionCount || 0,
      lowestInteraction: Infinity,
      highestInteraction: 0,
      visibleSince: isHidden() ? undefined : start,
      visible: 0,
      isOver: false,
      told: "",
    };
  };

  const add = (group, key, amount) => {
    const counts = (view.counts[group] = view.counts[group] || {});
    counts[key] = (counts[key] || 0) + amount;
  };

  const count = (group, key, amount = 1) => {
    add(group, key, amount);
    changed();
  };

  const putBack = (counts) => {
    for (const group in counts) for (const key in counts[group]) add(group, key, counts[group][key]);
  };

  // MARK: What the browser measures

  const drains = [];
  const observe = (type, take, options) => {
    if (!supports(type)) return;
    try {
      const observer = new Observer((list) => list.getEntries().forEach(take));
      observer.observe({ type, buffered: true, ...options });
      drains.push(() => observer.takeRecords().forEach(take));
    } catch {}
  };
  const drain = () => drains.forEach((take) => take());

  const onPaint = (entry) => {
    if (entry.startTime >= firstHidden) return;
    const time = Math.max(entry.startTime - activation, 0);
    if (entry.name === "first-paint") firstPaint = time;
    else if (view.isLoad) view.vitals.fcp = time;
    changed();
  };

  const onLargestPaint = (entry) => {
    if (!view.isLoad || view.isLargestKnown || entry.startTime >= firstHidden) return;
    view.vitals.lcp = Math.max(entry.startTime - activation, 0);
    // Text has no address; its size and time are what a Speed Index can know of it.
    if (!entry.url && texts.length < RECORDS) texts.push([view.vitals.lcp, entry.size]);
    changed();
  };

  // The largest burst of shifts that are less than 1 s apart and span less than 5 s.
  const onShift = (entry) => {
    if (entry.hadRecentInput || entry.startTime < view.start) return;
    const shift = view.shift;
    if (entry.startTime - shift.last < 1000 && entry.startTime - shift.first < 5000) shift.sum += entry.value;
    else {
      shift.sum = entry.value;
      shift.first = entry.startTime;
    }
    shift.last = entry.startTime;
    shift.largest = Math.max(shift.largest, shift.sum);
    changed();
  };

  // The ten slowest interactions; those of one id are one.
  const onEvent = (entry) => {
    const id = entry.interactionId;
    if ((!id && entry.entryType !== "first-input") || entry.startTime < view.start) return;
    if (id) {
      view.lowestInteraction = Math.min(view.lowestInteraction, id);
      view.highestInteraction = Math.max(view.highestInteraction, id);
    }
    const slowest = view.interactions;
    const same = slowest.find((one) => one.id === id);
    if (same) same.duration = Math.max(same.duration, entry.duration);
    else slowest.push({ id, duration: entry.duration });
    slowest.sort((a, b) => b.duration - a.duration);
    slowest.length = Math.min(slowest.length, 10);
    changed();
  };

  // About the 98th percentile: one of the slowest is left aside for each 50 interactions.
  const interactionToNextPaint = () => {
    const slowest = view.interactions;
    if (!slowest.length) return;
    const total = performance.interactionCount
      ? performance.interactionCount - view.interactionsBefore
      : (view.highestInteraction - view.lowestInteraction) / 7 + 1 || 1;
    return slowest[Math.min(slowest.length - 1, Math.floor(total / 50))].duration;
  };

  const onLongTask = (entry) => {
    count("long", "tasks");
    count("long", "ms", Math.round(entry.duration));
    if (tasks.length < RECORDS) tasks.push([entry.startTime - activation, entry.startTime + entry.duration - activation]);
  };

  // MARK: Resources

  const FORMATS = /^(avif|gif|jpeg|png|svg|webp|bmp|x-icon)/;
  const extension = (url) => (/\.(\w{2,5})$/.exec(url.split(/[?#]/, 1)[0]) || ["", ""])[1].toLowerCase();

  const kind = (entry) => {
    const type = (entry.contentType || "").toLowerCase();
    const name = extension(entry.name);
    const initiator = entry.initiatorType;
    if (initiator === "fetch" || initiator === "xmlhttprequest") return "api";
    if (/javascript/.test(type) || /^m?js$/.test(name) || initiator === "script") return "script";
    if (type === "text/css" || name === "css") return "css";
    if (/^font|font-/.test(type) || /^(woff2?|ttf|otf)$/.test(name)) return "font";
    if (/^image/.test(type) || /^(avif|gif|jpe?g|png|svg|webp|ico)$/.test(name) || initiator === "img") return "image";
    return initiator === "navigation" ? "document" : "other";
  };

  const format = (entry) => {
    const type = /^image\/([\w-]+)/.exec(entry.contentType || "");
    const name = (type ? type[1] : extension(entry.name)).replace(/^jpg$/, "jpeg").replace(/^ico$/, "x-icon");
    return FORMATS.test(name) ? name : "other";
  };

  const onResource = (entry) => {
    if (entry.initiatorType === "beacon" || entry.name.startsWith(endpoint)) return;
    const type = kind(entry);
    if (type === "api") {
      const status = entry.responseStatus;
      count("api", status === undefined ? "unknown" : status ? Math.floor(status / 100) + "xx" : "failed");
    }
    count("files", type);
    // As sent, without headers: also of what came out of the cache.
    if (entry.encodedBodySize) count("bytes", type, entry.encodedBodySize);
    if (entry.transferSize) count("transfer", type, entry.transferSize);
    if (view.isLoad) {
      const weight = (view.weight = view.weight || { total: 0 });
      weight[type] = (weight[type] || 0) + entry.encodedBodySize;
      weight.total += entry.encodedBodySize;
    }
    if (requests.length < RECORDS && entry.startTime - activation < RECORDING)
      requests.push([entry.startTime - activation, entry.responseEnd - activation]);
    if (type === "image" && pictures.size < RECORDS && !pictures.has(entry.name))
      pictures.set(entry.name, {
        end: entry.responseEnd - activation,
        bytes: entry.encodedBodySize,
        format: format(entry),
        isBackground: entry.initiatorType === "css",
      });
  };

  // An image is oversized where it has more than 1.5 times the pixels, each way, that its place on the screen has.
  const judgeImages = () => {
    const density = window.devicePixelRatio || 1;
    for (const image of [...document.images].slice(0, RECORDS)) {
      if (countedImages.has(image) || !image.complete || !image.naturalWidth || !image.clientWidth) continue;
      countedImages.add(image);
      const picture = pictures.get(image.currentSrc);
      if (!picture) continue;
      const shown = image.clientWidth * image.clientHeight * density * density;
      const ratio = (image.naturalWidth * image.naturalHeight) / shown;
      const isOversized = picture.format !== "svg" && ratio > 2.25;
      const isLegacy = /^(gif|jpeg|png|bmp)$/.test(picture.format) && picture.bytes > 10240;
      count("images", picture.format + "/" + (isOversized ? "oversized" : isLegacy ? "legacy" : "ok"));
      if (isOversized) count("wasted", picture.format, Math.round(picture.bytes * (1 - 1 / ratio)));
    }
  };

  // MARK: What is computed from it

  // Lighthouse's rule: the first 5 s without a long task and with at most two requests under way, after the first
  // contentful paint; the page is interactive when that stretch without long tasks began. Undefined if not reached.
  const timeToInteractive = (fcp, domReady, tasks, requests, end) => {
    if (domReady === undefined) return;
    const isLong = ([from, to]) => to - from >= 5000 && to > fcp + 5000;
    const edges = [];
    for (const [from, to] of requests) if (from < end) edges.push([from, 1], [to, -1]);
    edges.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    const calm = [];
    let busy = 0;
    let since = 0;
    for (const [time, step] of edges) {
      if (step > 0 && busy === 2) calm.push([since, time]);
      busy += step;
      if (step < 0 && busy === 2) since = time;
    }
    if (busy <= 2) calm.push([since, end]);
    const idle = [];
    since = 0;
    for (const [from, to] of tasks)
      if (from < end) {
        idle.push([since, from]);
        since = to;
      }
    idle.push([since, end]);
    const cpu = idle.filter(isLong);
    const network = calm.filter(isLong);
    while (cpu.length && network.length) {
      const [[from, to], [calmFrom, calmTo]] = [cpu[0], network[0]];
      const isLater = from >= calmFrom;
      if (isLater ? calmTo >= from + 5000 : to >= calmFrom + 5000) return Math.max(from, fcp, domReady);
      (isLater ? network : cpu).shift();
    }
    return;
  };

  // What each long task has beyond 50 ms, between two times.
  const blockingTime = (tasks, from, to) => {
    let sum = 0;
    for (const task of tasks) {
      const length = Math.min(task[1], to) - Math.max(task[0], from);
      if (length > 50) sum += length - 50;
    }
    return sum;
  };

  // An estimate after RUM Speed Index: when each picture and each large text came into the first screen, weighted by
  // its area. Canvas, video and frames are not seen.
  const estimateSpeedIndex = () => {
    const [width, height] = [innerWidth, innerHeight];
    const start = firstPaint ?? view.vitals.fcp;
    if (start === undefined || !width || !height) return;
    let area = 0;
    let sum = 0;
    const painted = (size, time) => {
      area += size;
      sum += size * Math.max(time, start);
    };
    const see = (element, url) => {
      const box = element.getBoundingClientRect();
      const [top, left] = [box.top + scrollY, box.left + scrollX];
      const across = Math.min(left + box.width, width) - Math.max(left, 0);
      const down = Math.min(top + box.height, height) - Math.max(top, 0);
      if (across <= 0 || down <= 0) return;
      const picture = pictures.get(url);
      painted(across * down, picture?.end ?? start);
    };
    for (const image of [...document.images].slice(0, RECORDS)) if (image.currentSrc) see(image, image.currentSrc);
    // Reading styles is slow, so only where something was loaded by one.
    if ([...pictures.values()].some((picture) => picture.isBackground))
      for (const element of [...document.querySelectorAll("body,body *")].slice(0, 2 * RECORDS)) {
        const address = /url\("?(http[^")]+)/.exec(getComputedStyle(element).backgroundImage);
        if (address) see(element, address[1]);
      }
    for (const [time, size] of texts) painted(size, time);
    painted(Math.max(width * height - area, 0) * 0.1, start);
    return area ? sum / area : undefined;
  };

  // The view's vitals as they are now, in ms; those that this browser or this view cannot have are left out.
  const measure = () => {
    const vitals = { ...view.vitals };
    const fcp = vitals.fcp;
    if (supports("layout-shift") && (fcp !== undefined || !view.isLoad)) vitals.cls = view.shift.largest;
    vitals.inp = interactionToNextPaint();
    const entry = navigationEntry;
    if (!view.isLoad || !entry) return { vitals };
    const since = (time) => (time > 0 ? Math.max(time - activation, 0) : undefined);
    // Some browsers report times before the beginning, or in the future.
    if (entry.responseStart > 0 && entry.responseStart < performance.now()) vitals.ttfb = since(entry.responseStart);
    vitals.load = since(entry.loadEventEnd);
    vitals.di = since(entry.domInteractive);
    if (!supports("longtask")) return { vitals, tti: "unsupported" };
    if (fcp === undefined) return { vitals };
    const end = Math.min(performance.now(), firstHidden, RECORDING + activation) - activation;
    vitals.tti = timeToInteractive(fcp, since(entry.domContentLoadedEventEnd), tasks, requests, end);
    vitals.tbt = blockingTime(tasks, fcp, vitals.tti ?? end);
    vitals.si = speedIndex;
    return { vitals, tti: vitals.tti === undefined ? "early" : "reached" };
  };

  // MARK: Messages

  // A message that the browser will send when the page goes away, whatever ends it, or when its time has come.
  let pending;
  let timer;

  const changed = () => {
    if (!window.fetchLater || timer || !view) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (!isHidden()) tell("insurance");
    }, 1000);
  };

  const sent = (message) => {
    view.seq++;
    view.told = message.told;
    view.isOver = view.isOver || message.isOver;
  };

  const recall = () => {
    if (!pending) return;
    const message = pending;
    pending = undefined;
    if (message.result.activated) sent(message);
    else {
      message.control.abort();
      putBack(message.counts);
    }
  };

  const seen = (isOver) => {
    if (view.visibleSince === undefined) return;
    const now = performance.now();
    const time = Math.round(now - view.visibleSince);
    view.visibleSince = isOver || isHidden() ? undefined : now;
    if (time <= 0) return;
    view.visible += time;
    add("visible", "ms", time);
  };

  const post = (body) => {
    if ("keepalive" in Request.prototype)
      fetch(endpoint, { method: "POST", body, keepalive: true, mode: "no-cors", credentials: "omit" }).catch(() => {});
    else navigator.sendBeacon(endpoint, body);
  };

  // "insurance": while the page is in view, for the case that it crashes. "hidden": it may come back. "over": the view
  // has ended.
  const tell = (occasion) => {
    recall();
    drain();
    seen(occasion === "over");
    if (occasion !== "insurance") {
      if (view.isLoad && speedIndex === undefined) speedIndex = estimateSpeedIndex();
      judgeImages();
    }
    const isLater = window.fetchLater && occasion !== "over";
    if (occasion === "insurance" && !isLater) return;
    const measured = measure();
    const vitals = {};
    for (const name in measured.vitals)
      if (measured.vitals[name] !== undefined) vitals[name] = rounded(measured.vitals[name]);
    const told = JSON.stringify(vitals);
    // What is sent later is sent when the page is gone, or after a minute in the background.
    const isOver = view.isOver || occasion === "over" || !!isLater;
    const counts = view.counts;
    if (view.seq && told === view.told && view.isOver === isOver && !Object.keys(counts).length) return;
    const message = { v: 1, view: view.id, seq: view.seq, page: view.page, nav: view.navigation, ...counts };
    if (told !== view.told) Object.assign(message, { m: vitals, tti: measured.tti, weight: view.weight });
    const isEnd = isOver && !view.isOver;
    if (view.isEntry && (isEnd || !view.seq)) message.entry = true;
    if (isEnd)
      Object.assign(message, {
        end: true,
        engaged: view.isEngaged || view.visible >= engagedAfter,
        continued: view.isContinued,
        // Without the Navigation API it is guessed where the visitor goes.
        guessed: !window.navigation || undefined,
        view_ms: view.visible,
      });
    if (navigator.webdriver) message.bot = true;
    if (sampleRate < 1) message.sr = sampleRate;
    const body = JSON.stringify(message);
    view.counts = {};
    if (isLater)
      try {
        const control = new AbortController();
        const options = { method: "POST", body, mode: "no-cors", credentials: "omit", signal: control.signal };
        // In view, it waits for the page to go away.
        if (occasion === "hidden") options.activateAfter = 60000;
        pending = { result: fetchLater(endpoint, options), control, counts, told, isOver };
        return;
      } catch {
        if (occasion === "insurance") return putBack(counts);
      }
    post(body);
    sent({ told, isOver });
  };

  // MARK: Beginnings and ends

  const onRoute = () => {
    if (location.pathname === view.path) return;
    view.isContinued = true;
    tell("over");
    open("soft-navigation", performance.now());
    view.path = location.pathname;
    changed();
  };

  const follow = () => {
    const api = window.navigation;
    if (api?.addEventListener) {
      api.addEventListener("currententrychange", onRoute);
      api.addEventListener("navigate", (event) => {
        const { destination } = event;
        if (destination.sameDocument || event.downloadRequest != null) return;
        view.isContinued = new URL(destination.url).origin === location.origin;
      });
      return;
    }
    for (const name of ["pushState", "replaceState"]) {
      const original = history[name];
      history[name] = function (...values) {
        const result = original.apply(this, values);
        onRoute();
        return result;
      };
    }
    addEventListener("popstate", onRoute);
    addEventListener(
      "click",
      (event) => {
        const link = event.target.closest?.("a[href]");
        if (link && !link.target) view.isContinued = link.origin === location.origin;
      },
      true,
    );
  };

  const onHidden = (event) => {
    if (!isHidden()) {
      if (view.visibleSince === undefined) view.visibleSince = performance.now();
      changed();
      return;
    }
    firstHidden = Math.min(firstHidden, event.timeStamp);
    tell("hidden");
    view.isLargestKnown = true;
  };

  const onInput = (event) => {
    if (!event.isTrusted) return;
    view.isEngaged = true;
    if (event.type !== "click" && event.type !== "keydown") return;
    drain();
    view.isLargestKnown = true;
  };

  // A page from the back/forward cache is painted after two frames.
  const onReturn = (event) => {
    if (!event.persisted) return;
    recall();
    open("back-forward-cache", event.timeStamp);
    view.path = location.pathname;
    const here = view;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        here.vitals.fcp = here.vitals.lcp = performance.now() - here.start;
        changed();
      }),
    );
  };

  const className = (error, message) => {
    if (typeof error?.name === "string") return error.name.slice(0, 40);
    return /^script error/i.test(message) ? "cross-origin" : "other";
  };

  const onError = (event) => {
    const tag = event.target?.tagName;
    if (tag) count("resource", tag.toLowerCase().slice(0, 40));
    else count("error", className(event.error, event.message));
  };

  // Whether a visit begins here: not by reload or history, and not from another page of the site.
  const isEntry = () => {
    if (window.navigation?.currentEntry?.index === 0) return true;
    try {
      return new URL(document.referrer).origin !== location.origin;
    } catch {
      return true;
    }
  };

  const start = () => {
    if (view) return;
    [navigationEntry] = performance.getEntriesByType("navigation");
    activation = navigationEntry?.activationStart || 0;
    if (isHidden()) firstHidden = 0;
    for (const entry of performance.getEntriesByType("visibility-state"))
      if (entry.name === "hidden" && entry.startTime >= activation) firstHidden = Math.min(firstHidden, entry.startTime);
    let type = (navigationEntry?.type || "navigate").replace(/_/g, "-");
    if (document.wasDiscarded) type = "restore";
    if (activation > 0) type = "prerender";
    open(type, 0, setting.page || document.documentElement.dataset.page);
    view.path = location.pathname;
    view.visibleSince = isHidden() ? undefined : activation;
    view.isEntry = (type === "navigate" || type === "prerender") && isEntry();

    observe("paint", onPaint);
    observe("largest-contentful-paint", onLargestPaint);
    observe("layout-shift", onShift);
    observe("event", onEvent, { durationThreshold: 40 });
    observe("first-input", onEvent);
    observe("longtask", onLongTask);
    observe("resource", onResource);
    let isCounted = false;
    observe("navigation", (entry) => {
      // It comes before and after the page has loaded.
      if (isCounted || !entry.responseEnd) return;
      isCounted = true;
      onResource(entry);
      // What comes later is not the page's loading.
      setTimeout(() => {
        if (view.isLoad) speedIndex = estimateSpeedIndex();
      }, 3000);
    });
    follow();
    addEventListener("error", onError, true);
    addEventListener("unhandledrejection", (event) => count("rejection", className(event.reason)));
    addEventListener("visibilitychange", onHidden, true);
    addEventListener("pagehide", () => tell("over"), true);
    addEventListener("pageshow", onReturn, true);
    for (const name of ["click", "keydown", "wheel", "touchmove"])
      addEventListener(name, onInput, { capture: true, passive: true });
    changed();
  };

  // Nothing counts before a prerendered page is looked at.
  const begin = () => {
    if (document.prerendering) document.addEventListener("prerenderingchange", start, { once: true });
    else start();
  };

  // For the page: begin after consent; name the route of the view that is open.
  window.webVitalsAgent = {
    start: begin,
    setPage(page) {
      if (view) view.page = String(page);
      else setting.page = String(page);
    },
  };

  const isRefused = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
  if (setting.privacy === "honour" && isRefused) return;
  if (Math.random() >= sampleRate) return;
  if (setting.consent !== "wait") begin();
})();
