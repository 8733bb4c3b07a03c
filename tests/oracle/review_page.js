// Measures the page of a review; `review_page.rs` puts it into a copy of the page and reads what it leaves.
const told = {
  width: innerWidth,
  dark: matchMedia("(prefers-color-scheme: dark)").matches,
  targets: 0,
  visited: 0,
  texts: 0,
  missing: [], // addresses that lead nowhere
  hidden: [], // targets of which nothing shows when the address names them
  wide: [], // places where something stands beyond the right edge
  faint: [], // texts that cannot be read well
  choices: [], // causes that do not show where they reach
};
const few = (list, item) => list.length < 5 && list.push(item);

const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
const luminance = ([r, g, b]) => {
  const part = (value) => ((value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const backgroundOf = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = channels(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour;
    if (colour[3] !== 0) throw new Error("a background that shines through is not measured");
  }
  return channels(getComputedStyle(document.documentElement).backgroundColor);
};
const measure = (element, pseudo) => {
  const style = getComputedStyle(element, pseudo);
  const [a, b] = [luminance(channels(style.color)), luminance(backgroundOf(element))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  told.texts += 1;
  if (ratio < 4.5) few(told.faint, `${element.className || element.tagName}${pseudo || ""}: ${ratio.toFixed(2)}`);
};
const readable = (root) => {
  for (const element of root.querySelectorAll("*")) {
    if (element.getClientRects().length === 0) continue;
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (hasText) measure(element, null);
    for (const pseudo of ["::before", "::after"]) {
      if (!["none", "normal", '""'].includes(getComputedStyle(element, pseudo).content)) measure(element, pseudo);
    }
  }
};
const fits = (where) => {
  if (document.documentElement.scrollWidth > innerWidth) few(told.wide, `${where}: ${document.documentElement.scrollWidth}`);
};

fits("page");
readable(document.body);
for (const link of document.querySelectorAll('a[href^="#"]')) {
  if (!document.getElementById(decodeURIComponent(link.hash.slice(1)))) few(told.missing, link.hash);
}
const linked = new Set([...document.querySelectorAll("a.cell")].map((cell) => decodeURIComponent(cell.hash.slice(1))));
for (const target of document.querySelectorAll(".target")) {
  if (!linked.has(target.id)) few(told.missing, `no cell leads to ${target.id}`);
  const group = target.closest(".group");
  const lines = group.querySelector("td.old,td.new,.remark,.none");
  if (!lines) few(told.hidden, target.id);
  told.targets += 1;
  // The browser takes 200 changes of the address, and then none for a while.
  if (told.targets % 5 !== 0) continue;
  location.hash = "#" + encodeURIComponent(target.id);
  const shows = (element) => element && element.getBoundingClientRect().height > 0;
  // It and its lines show, and of others nothing; and it stands in the window.
  const others = [...document.querySelectorAll(".target")].filter(shows).length;
  const top = target.getBoundingClientRect().top;
  if (!shows(target) || !shows(lines) || others !== 1 || top < 0 || top > innerHeight) few(told.hidden, target.id);
  fits(target.id);
  told.visited += 1;
  if (told.visited % 10 === 0) readable(group);
}
location.hash = "";
for (const choice of document.querySelectorAll("input[type=radio]:not(#r0)")) {
  choice.click();
  const name = "c" + choice.id.slice(1);
  const wrong = [...document.querySelectorAll("a.cell")].filter(
    (cell) => (getComputedStyle(cell).opacity === "1") !== cell.classList.contains(name),
  );
  const shown = [...document.querySelectorAll(".cause")].filter((cause) => cause.getClientRects().length > 0);
  if (wrong.length || shown.length !== 1 || shown[0].id !== name) few(told.choices, choice.id);
}
document.body.innerHTML = '<pre id="measured"></pre>';
document.getElementById("measured").textContent = JSON.stringify(told);
