// Before anything is painted: the theme that was chosen, so that the page does not flash.
try {
  const theme = localStorage.getItem('estoque.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Without storage, the system's theme.
}
