// Light, dark, or as the system has it.

const NEXT = { system: 'light', light: 'dark', dark: 'system' };
export const NAMES = { system: 'do sistema', light: 'claro', dark: 'escuro' };
export const ICONS = { system: 'system', light: 'sun', dark: 'moon' };

export function current() {
  return document.documentElement.dataset.theme ?? 'system';
}

/** The next of the three, kept for the next visit. */
export function turn() {
  const theme = NEXT[current()];
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem('estoque.theme');
    else localStorage.setItem('estoque.theme', theme);
  } catch {
    // Then it lasts until the page is closed.
  }
  return theme;
}
