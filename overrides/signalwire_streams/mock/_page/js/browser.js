// What the page asks of the browser.

export const remembered = (name, otherwise) => {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
};

export function remember(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch { /* the page works without a memory */ }
}

export const prefersReducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

export const isDark = () => (document.documentElement.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";

export function useTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
}
