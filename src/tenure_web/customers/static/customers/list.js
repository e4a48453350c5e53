// Choosing rows of the list: the number chosen stands on the button.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-pick], [data-pick-all]")) return;
  const form = event.target.form;
  const picks = [...form.querySelectorAll("[data-pick]")];
  if (event.target.matches("[data-pick-all]")) picks.forEach((pick) => { pick.checked = event.target.checked; });
  const count = picks.filter((pick) => pick.checked).length;
  const button = form.querySelector("[data-needs-choice]");
  if (!button) return;
  button.hidden = count === 0;
  button.querySelector("[data-chosen]").textContent = count;
});

// Typing goes on while an answer is drawn: what was typed since stays, and is searched for.
(() => {
  let typed = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const box = document.activeElement;
    typed = event.detail.target.id === "customers" && box?.id === "q" ? box.value : null;
  });
  document.addEventListener("htmx:afterSwap", () => {
    const box = document.getElementById("q");
    if (!box || box.value === typed) typed = null;
    if (typed !== null) box.value = typed;
  });
  document.addEventListener("htmx:afterSettle", () => { // only now does htmx listen to the new box
    if (typed !== null) document.getElementById("q").dispatchEvent(new Event("input", { bubbles: true }));
    typed = null;
  });
})();
