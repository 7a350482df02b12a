// Looks at a page as a tester of accessibility would; returns what is wrong, one line each.
// After WCAG 2.2: 1.1.1, 1.3.1, 1.4.3, 2.4.1, 2.4.6, 2.5.8, 3.1.1, 4.1.2.
const wrong = [];
const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && element.getClientRects().length > 0;
const name = (element) => {
  const by = (element.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean).map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
  const images = [...element.querySelectorAll('img')].map((image) => image.alt).join(' ');
  return (by || element.getAttribute('aria-label') || [...(element.labels ?? [])].map((label) => label.textContent).join(' ') || element.textContent + images || element.title || '').trim();
};
const what = (element) => `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ''}.${[...element.classList].join('.')} “${(element.textContent ?? '').trim().slice(0, 40)}”`;

if (document.documentElement.lang !== 'pt-BR') wrong.push('the page has no language');
if (!document.title) wrong.push('the page has no title');
if (document.querySelectorAll('main').length !== 1) wrong.push('not exactly one main');

for (const element of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
  if (element.hidden || !seen(element)) continue;
  const own = element.getAttribute('aria-label') || element.getAttribute('aria-labelledby') || [...(element.labels ?? [])].map((label) => label.textContent).join('').trim();
  if (!own) wrong.push(`a field without a label: ${what(element)}`);
}
for (const element of document.querySelectorAll('a[href], button, [role=button], [role=menuitem], summary')) {
  if (seen(element) && !name(element)) wrong.push(`nothing says what this does: ${what(element)}`);
}
for (const image of document.querySelectorAll('img')) if (!image.hasAttribute('alt')) wrong.push(`an image without alt: ${image.src}`);
for (const image of document.querySelectorAll('svg')) {
  const isNamed = image.getAttribute('aria-labelledby') || image.getAttribute('aria-label');
  if (image.getAttribute('aria-hidden') !== 'true' && !isNamed) wrong.push(`a picture without a name: ${what(image)}`);
}

let level = 0;
const headings = [...document.querySelectorAll('h1, h2, h3, h4')].filter((element) => element.checkVisibility() && !element.closest('dialog, nav'));
if (headings.filter((element) => element.tagName === 'H1').length !== 1) wrong.push('not exactly one h1');
for (const heading of headings) {
  const next = Number(heading.tagName[1]);
  if (next > level + 1 && level > 0) wrong.push(`a heading jumps from ${level} to ${next}: ${heading.textContent}`);
  level = next;
}
const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) wrong.push(`an id twice: ${id}`);
for (const attribute of ['aria-labelledby', 'aria-controls', 'aria-describedby', 'for']) {
  for (const element of document.querySelectorAll(`[${attribute}]`)) {
    for (const id of element.getAttribute(attribute).split(' ').filter(Boolean)) if (!document.getElementById(id)) wrong.push(`${attribute} leads to nothing: ${id}`);
  }
}
for (const element of document.querySelectorAll('[tabindex]')) if (element.tabIndex > 0) wrong.push(`an order of its own: ${what(element)}`);
for (const element of document.querySelectorAll('button, select, input:not([type=radio]):not([type=file]):not([type=checkbox])')) {
  const box = element.getBoundingClientRect();
  if (seen(element) && (box.width < 24 || box.height < 24)) wrong.push(`too small to be hit: ${what(element)} ${box.width} × ${box.height}`);
}

// Contrast: each text against what is painted behind it.
const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
const colours = new Map();
const rgba = (text) => {
  if (!colours.has(text)) {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = text;
    pixel.fillRect(0, 0, 1, 1);
    colours.set(text, [...pixel.getImageData(0, 0, 1, 1).data].map((part, index) => (index === 3 ? part / 255 : part)));
  }
  return colours.get(text);
};
const over = (top, below) => [0, 1, 2].map((part) => top[part] * top[3] + below[part] * (1 - top[3])).concat(1);
const behind = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    const colour = rgba(getComputedStyle(at).backgroundColor);
    layers.push(colour);
    if (colour[3] === 1) break;
  }
  return layers.reverse().reduce((below, top) => over(top, below), rgba('Canvas'));
};
const luminance = (colour) => colour.slice(0, 3).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const low = new Set();
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element || element.closest('svg, option, script, noscript, :disabled, .skip, .unseen, [aria-disabled=true]') || !seen(element)) continue;
  const style = getComputedStyle(element);
  const background = behind(element);
  const [one, two] = [luminance(over(rgba(style.color), background)), luminance(background)].sort((a, b) => b - a);
  const size = parseFloat(style.fontSize);
  const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
  const ratio = (one + 0.05) / (two + 0.05);
  if (ratio < least) low.add(`contrast ${ratio.toFixed(2)} of ${what(element)} (${style.color} on ${background.map(Math.round)})`);
}
return wrong.concat([...low].slice(0, 12));
