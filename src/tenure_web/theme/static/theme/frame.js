// The frame's behaviour: theme, search palette, keyboard, toasts, confirmation without a modal.
(() => {
  const one = (query, within = document) => within.querySelector(query);
  const all = (query, within = document) => [...within.querySelectorAll(query)];
  const typing = (target) => target.matches("input, textarea, select, [contenteditable]");
  const root = document.documentElement;

  // theme: light → dark → auto, without loading the page again
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-switch]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const chosen = event.submitter.value;
    const body = new FormData(form);
    body.set("theme", chosen);
    fetch(form.action, { method: "POST", body, headers: { "X-Frame-Script": "1" } });
    root.dataset.theme = chosen;
    all("[data-theme-switch] button").forEach((button) => button.classList.toggle("on", button.dataset.now === chosen));
    window.tenureTheme();
    one("[data-theme-switch] button.on")?.focus();
  });

  // search palette
  const palette = one("#palette");
  const keys = one("#keys");
  const open = (text = "") => {
    if (!palette || palette.open) return;
    palette.showModal();
    const box = one("input", palette);
    box.value = text;
    box.focus();
    window.htmx?.trigger(box, "palette-open");
  };
  const items = () => all(".palette-item", palette);
  const step = (by) => {
    const list = items();
    if (!list.length) return;
    const at = list.findIndex((item) => item.classList.contains("on"));
    const next = list[(at + by + list.length) % list.length];
    list.forEach((item) => item.classList.toggle("on", item === next));
    next.scrollIntoView({ block: "nearest" });
  };
  let stale = false; // what is listed answers an older text than the one typed
  let wanted = false; // Enter came before the answer
  const follow = () => (one(".palette-item.on", palette) || items()[0])?.click();
  palette?.addEventListener("input", () => { stale = true; wanted = false; });
  palette?.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Enter" && stale) wanted = true;
    else if (event.key === "Enter") follow();
    else return;
    event.preventDefault();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "palette-list") return;
    items()[0]?.classList.add("on");
    stale = false;
    if (wanted) follow();
    wanted = false;
  });
  [palette, keys].forEach((box) => box?.addEventListener("click", (event) => event.target === box && box.close()));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-show-keys]")) keys?.showModal();
    else if (event.target.closest("[data-palette]")) { event.target.blur(); open(event.target.value); }
  });

  // keyboard
  const rows = () => all("tr[data-href], li[data-href]");
  const move = (by) => {
    const list = rows();
    if (!list.length) return;
    const at = list.findIndex((row) => row.classList.contains("on"));
    const next = list[Math.min(Math.max(at + by, 0), list.length - 1)];
    list.forEach((row) => row.classList.toggle("on", row === next));
    next.scrollIntoView({ block: "nearest" });
  };
  let chosen = ""; // the row chosen by key stays chosen when its list is drawn anew
  document.addEventListener("htmx:beforeSwap", () => { chosen = one("tr.on[data-href], li.on[data-href]")?.dataset.href || ""; });
  document.addEventListener("htmx:afterSwap", () => {
    if (!chosen || one("tr.on[data-href], li.on[data-href]")) return;
    rows().find((row) => row.dataset.href === chosen)?.classList.add("on");
  });
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    if (Date.now() - going < 900) {
      going = 0;
      one(`[data-go="${CSS.escape(event.key)}"]`)?.click();
      return;
    }
    const acts = {
      "/": () => open(),
      "?": () => keys?.showModal(),
      j: () => move(1),
      k: () => move(-1),
      g: () => { going = Date.now(); },
      e: () => one("[data-edit]")?.click(),
      Enter: () => { const row = one("tr.on[data-href], li.on[data-href]"); if (row) location.href = row.dataset.href; },
    };
    if (!acts[event.key] || (event.key === "Enter" && event.target.closest("a, button, summary"))) return;
    event.preventDefault();
    acts[event.key]();
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-href]");
    if (!row || event.target.closest("a, button, input, label, select, summary")) return;
    if (window.getSelection()?.toString()) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else location.href = row.dataset.href;
  });

  // a second click confirms: <button data-confirm="Delete for good?">
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (!button || button.dataset.armed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const words = button.innerHTML;
    button.dataset.armed = "1";
    button.textContent = button.dataset.confirm;
    button.classList.add("armed");
    setTimeout(() => {
      delete button.dataset.armed;
      button.innerHTML = words;
      button.classList.remove("armed");
    }, 4000);
  }, true);

  // toasts
  const toast = (text, level) => {
    const box = document.createElement("div");
    box.className = `toast-line ${level}`;
    box.textContent = text;
    one("#toasts")?.append(box);
    setTimeout(() => box.remove(), 6000);
  };
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) toast(`${event.detail.xhr.status}`, "error");
  });

  // polling rests while nobody looks; what a poll changed lights up for a moment
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    const fresh = fragment.querySelector?.(`#${CSS.escape(target.id)}`) || fragment;
    if (target.textContent.trim() !== fresh.textContent.trim() && fresh.classList) fresh.classList.add("changed");
  });

  // controls that send their form when changed: <select data-submit>
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    all("details[data-menu][open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });
})();
