// The path: mark the open card, bring the trigger's column into view, drag the canvas with the mouse.
(() => {
  const canvas = document.querySelector(".canvas");
  if (!canvas) return;
  const mark = (card) => {
    document.querySelectorAll(".step-card.open").forEach((other) => other.classList.remove("open"));
    card.classList.add("open");
    document.querySelector(".walk").classList.add("walk-open");
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    const card = event.target.closest?.("[data-step]");
    if (!card || !event.detail.successful) return;
    mark(card);
    if (window.matchMedia("(max-width: 1100px)").matches) document.getElementById("panel").scrollIntoView({ block: "start" });
  });
  const first = canvas.querySelector(".step-card.open") || canvas.querySelector(".step-trigger");
  if (first) canvas.scrollLeft = first.offsetLeft + first.offsetWidth / 2 - canvas.clientWidth / 2 + 26;
  let from = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && !event.target.closest("a, summary, button, form")) from = { x: event.clientX + canvas.scrollLeft, y: event.clientY + canvas.scrollTop };
  });
  window.addEventListener("pointermove", (event) => {
    if (from) canvas.scrollTo(from.x - event.clientX, from.y - event.clientY);
  });
  window.addEventListener("pointerup", () => { from = null; });
})();
