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
