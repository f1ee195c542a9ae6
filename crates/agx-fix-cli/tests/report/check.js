// What is wrong with how a page looks: a list of sentences. An expression. `data-dark` says afterwards which ground the page has.
(() => {
  const wrong = [];
  const all = (selector, of = document) => [...of.querySelectorAll(selector)];
  const root = document.documentElement;

  if (root.scrollWidth > root.clientWidth) wrong.push(`page: ${root.scrollWidth} wide where ${root.clientWidth} are`);

  // Charts: every word inside its chart, beside the others, and large enough.
  const outside = (inner, outer) =>
    inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
  const overlap = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  for (const chart of all("svg[role=img]")) {
    const frame = chart.getBoundingClientRect();
    const name = chart.querySelector("title").textContent;
    const words = all("text", chart).map((text) => ({ said: text.textContent, box: text.getBoundingClientRect() }));
    for (const { said, box } of words) {
      if (outside(box, frame)) wrong.push(`chart ${name}: "${said}" is outside`);
      if (box.height < 10) wrong.push(`chart ${name}: "${said}" is ${box.height} high`);
    }
    for (const mark of all(".mark", chart)) {
      if (outside(mark.getBoundingClientRect(), frame)) wrong.push(`chart ${name}: a mark is outside`);
    }
    words.forEach(({ said, box }, number) => {
      const other = words.slice(number + 1).find((next) => overlap(box, next.box));
      if (other) wrong.push(`chart ${name}: "${said}" and "${other.said}" overlap`);
    });
  }

  // Tables: what does not fit can be reached.
  for (const frame of all(".scroll, pre")) {
    const scrolls = getComputedStyle(frame).overflowX === "auto" && frame.tabIndex === 0;
    if (frame.scrollWidth > frame.clientWidth + 1 && !scrolls) wrong.push(`table: ${frame.textContent.slice(0, 40)} is cut off`);
  }

  // Contrast with what is behind, by WCAG 2.2: 4.5 for words, 3 for what is drawn.
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let it = element; it; it = it.parentElement) {
      const colour = getComputedStyle(it).backgroundColor;
      if (channels(colour).length === 3) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const contrast = (element, property) => {
    const [one, other] = [getComputedStyle(element)[property], behind(element)].map(luminance);
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  };
  for (const series of [0, 1, 2, 3, 4, 5]) {
    const sample = document.querySelector("main").appendChild(document.createElement("p"));
    sample.style.color = `var(--s${series})`;
    if (contrast(sample, "color") < 3) wrong.push(`series ${series} is pale`);
    sample.remove();
  }
  for (const element of all("p, li, th, td, a, h1, h2, h3, code, figcaption, svg text")) {
    const found = contrast(element, element.closest("svg") ? "fill" : "color");
    if (found < 4.5) wrong.push(`words: "${element.textContent.slice(0, 30)}" have a contrast of ${found.toFixed(1)}`);
  }
  document.body.dataset.dark = getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)";
  return wrong;
})()
