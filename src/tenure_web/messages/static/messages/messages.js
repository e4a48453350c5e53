// The mailbox marks the line being read; a template's preview follows the words as they are written.
(() => {
  document.addEventListener("htmx:afterRequest", (event) => {
    const line = event.target.closest?.("[data-mail]");
    if (!line || !event.detail.successful) return;
    document.querySelectorAll("[data-mail].active").forEach((other) => other.classList.remove("active"));
    line.classList.add("active");
    document.querySelector(".mailbox")?.classList.add("mailbox-open");
  });
  const form = document.querySelector("[data-preview]");
  const button = form?.querySelector("[data-preview-button]");
  if (!button) return;
  let waiting;
  const show = () => form.requestSubmit(button);
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 400); });
  show();
})();
