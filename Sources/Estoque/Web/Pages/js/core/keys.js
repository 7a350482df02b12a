// Shortcuts: one key, or `g` and a letter.

const single = new Map();
const afterG = new Map();
let armed = 0;

/** Binds a key such as `/`, or `g e`; returns nothing, the last one bound wins. */
export function bind(keys, action) {
  if (keys.startsWith('g ')) afterG.set(keys.slice(2), action);
  else single.set(keys, action);
}

function isTyping(target) {
  return target.closest?.('input, textarea, select, [contenteditable], dialog[open]') !== null;
}

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const isSecond = Date.now() - armed < 1500;
  armed = 0;
  const action = isSecond ? afterG.get(event.key.toLowerCase()) : single.get(event.key);
  if (action) {
    event.preventDefault();
    action();
  } else if (event.key === 'g' && !isSecond) {
    armed = Date.now();
  }
});
