// Chooses the colours before the first paint, so that an automatic dark page does not flash white.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  window.tenureTheme = () => {
    const chosen = root.dataset.theme;
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
    document.dispatchEvent(new CustomEvent("tenure:theme"));
  };
  dark.addEventListener("change", window.tenureTheme);
  window.tenureTheme();
})();
