// Turns between light, dark and the system's theme.

import { fill } from '../core/dom.js';
import { ICONS, NAMES, current, turn } from '../core/theme.js';
import { button } from './button.js';
import { icon } from './icon.js';

export function themeButton() {
  const element = button('', { kind: 'quiet', icon: ICONS[current()], label: 'Tema' });
  const name = () => {
    const text = `Tema: ${NAMES[current()]}. Trocar`;
    element.setAttribute('aria-label', text);
    element.title = text;
    fill(element, icon(ICONS[current()]));
  };
  element.addEventListener('click', () => {
    turn();
    name();
  });
  name();
  return element;
}
