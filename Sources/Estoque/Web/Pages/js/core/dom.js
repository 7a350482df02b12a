// Builds elements. Data only ever becomes text or an attribute, never markup.

const SVG = 'http://www.w3.org/2000/svg';
const PROPERTIES = new Set([
  'value',
  'checked',
  'selected',
  'disabled',
  'hidden',
  'indeterminate',
  'multiple',
  'open',
  'readOnly',
]);

/** `h('p.soft', { id: 'x', on: { click } }, 'text', node)`; null and false children are left out. */
export function h(tag, props, ...children) {
  return build(document.createElement(tag.split('.')[0]), tag, props, children);
}

/** The same for SVG. */
export function svg(tag, props, ...children) {
  return build(document.createElementNS(SVG, tag.split('.')[0]), tag, props, children);
}

/** Takes out all that is in an element, and puts `children` in. */
export function fill(element, ...children) {
  element.replaceChildren(...flatten(children));
  return element;
}

/** Adds children at the end. */
export function add(element, ...children) {
  element.append(...flatten(children));
  return element;
}

let last = 0;
/** An id that no other element has. */
export function newId(prefix = 'e') {
  last += 1;
  return `${prefix}-${last}`;
}

function build(element, tag, props, children) {
  const classes = tag.split('.').slice(1);
  if (classes.length > 0) element.classList.add(...classes);
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  element.append(...flatten(children));
  return element;
}

function set(element, name, value) {
  if (value === undefined || value === null) return;
  if (name === 'on') {
    for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
  } else if (name === 'class') {
    element.classList.add(...String(value).split(' ').filter(Boolean));
  } else if (name === 'data') {
    Object.assign(element.dataset, value);
  } else if (PROPERTIES.has(name)) {
    element[name] = value;
  } else if (name === 'style' || name === 'srcdoc' || name.startsWith('on')) {
    throw new TypeError(`attribute ${name} is not set from scripts`);
  } else if ((name === 'href' || name === 'src' || name === 'action') && !isSafe(value)) {
    throw new TypeError('only addresses of this site');
  } else if (value === true) {
    element.setAttribute(name, '');
  } else if (value !== false) {
    element.setAttribute(name, String(value));
  }
}

// Addresses within this site only: no scheme, and no host.
function isSafe(address) {
  return /^(\/(?!\/)|#|\?)/.test(String(address));
}

function flatten(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}
