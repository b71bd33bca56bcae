// Looks at the pages in the frames and writes what is wrong with them, as JSON.
const looked = frame => {
  const doc = frame.contentDocument, view = frame.contentWindow, name = frame.dataset.name, out = [];
  const bad = text => { if (out.length < 12) out.push(name + ": " + text) };
  const root = doc.documentElement;
  const words = e => e.textContent.trim().replace(/\s+/g, " ").slice(0, 40);
  if (root.scrollWidth > root.clientWidth) {
    bad("scrolls sideways by " + (root.scrollWidth - root.clientWidth) + " pixels");
  }

  const boxes = e => { const r = doc.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect() };
  for (const group of [...doc.querySelectorAll(".ladder .head .lanes, .times")]) {
    const list = [...group.querySelectorAll("b, span")].filter(e => e.textContent.trim() !== "");
    for (let i = 1; i < list.length; i++) {
      const a = boxes(list[i - 1]), b = boxes(list[i]);
      if (a.right > b.left + 1 && a.left < b.right - 1 && a.bottom > b.top + 1 && a.top < b.bottom - 1) {
        bad("these overlap: " + words(list[i - 1]) + " | " + words(list[i]));
      }
    }
  }
  for (const e of doc.querySelectorAll(".bar .span b")) {
    if (e.checkVisibility() && e.getBoundingClientRect().width > e.parentElement.getBoundingClientRect().width + 1) bad("this label is cut: " + words(e));
  }
  for (const e of doc.querySelectorAll(".lanes .say, .lanes b")) {
    const r = e.getBoundingClientRect();
    if (r.right > root.clientWidth + 1 || r.left < -1) bad("this is off the page: " + words(e));
  }

  const ids = new Set();
  for (const e of doc.querySelectorAll("[id]")) {
    if (ids.has(e.id)) bad("two have the id " + e.id);
    ids.add(e.id);
  }
  for (const a of doc.querySelectorAll("a[href^='#']")) {
    if (!ids.has(a.getAttribute("href").slice(1))) bad("a link leads nowhere: " + a.getAttribute("href"));
  }

  const colour = text => {
    const m = text.match(/[\d.]+/g).map(Number);
    return m.length > 3 && m[3] === 0 ? null : m;
  };
  const light = c => {
    const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seen = new Set();
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === "" || e.closest("script, style") || !e.checkVisibility()) continue;
    const ink = colour(view.getComputedStyle(e).color);
    let behind = null;
    for (let b = e; b && !behind; b = b.parentElement) behind = colour(view.getComputedStyle(b).backgroundColor);
    behind ||= [255, 255, 255];
    const [high, low] = [light(ink), light(behind)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05), key = ink + "on" + behind;
    if (ratio < 4.5 && !seen.has(key)) {
      seen.add(key);
      bad("contrast " + ratio.toFixed(1) + " to 1: " + words(e));
    }
  }
  return out;
};

addEventListener("load", () => {
  const frames = [...document.querySelectorAll("iframe")], out = [];
  for (let i = 0; i < frames.length; i += 2) {
    out.push(...looked(frames[i]));
    const [scripted, bare] = [frames[i], frames[i + 1]].map(f => f.contentDocument.body.innerText);
    if (scripted !== bare) out.push(frames[i].dataset.name + ": without script its text is another");
  }
  document.getElementById("faults").textContent = JSON.stringify(out);
  for (const f of frames) f.remove();
});
