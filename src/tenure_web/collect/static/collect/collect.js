// Copy buttons, one snippet at a time, and dropping a file. Every page works without this.
(() => {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard?.writeText(document.querySelector(button.dataset.copy).textContent);
    const words = button.innerHTML;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.innerHTML = words; }, 1500);
  });

  for (const box of document.querySelectorAll("[data-switch]")) {
    const links = [...box.querySelectorAll("[role=tab]")];
    const show = (link) => links.forEach((each) => {
      const on = each === link;
      each.classList.toggle("active", on);
      each.setAttribute("aria-selected", on);
      box.querySelector(each.getAttribute("href")).classList.toggle("on", on);
    });
    box.classList.add("switched");
    show(links[0]);
    box.addEventListener("click", (event) => {
      const link = event.target.closest("[role=tab]");
      if (!link) return;
      event.preventDefault();
      show(link);
    });
  }

  const drop = document.querySelector("[data-drop]");
  if (drop) {
    const input = drop.querySelector("input[type=file]");
    for (const name of ["dragover", "dragleave", "drop"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", name === "dragover");
        if (name === "drop" && event.dataTransfer.files.length) input.files = event.dataTransfer.files;
      });
    }
  }
})();
