// Conditions that are clicked together: rows write the rule's text, and the text stays what counts.
(() => {
  "use strict";
  const numeric = new Set(["integer", "float"]);
  const bare = new Set(["known", "unknown", "yes", "no"]);
  const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

  function written(type, text) {
    const value = text.trim();
    return numeric.has(type) ? value : quoted(value);
  }

  function condition(row) {
    const choice = row.querySelector("[data-feature]").selectedOptions[0];
    const operator = row.querySelector("[data-operator]").value;
    const value = row.querySelector("[data-value]").value;
    const { value: feature, dataset: { type } } = choice;
    const list = value.split(/[,，]/).map((each) => written(type, each));
    switch (operator) {
      case "known": return `${feature} IS NOT NULL`;
      case "unknown": return `${feature} IS NULL`;
      case "yes": return feature;
      case "no": return `NOT ${feature}`;
      case "between": return `${feature} BETWEEN ${list[0]} AND ${list[1] ?? list[0]}`;
      case "in": return `${feature} IN (${list.join(", ")})`;
      case "contains": return `${feature} LIKE ${quoted(`%${value.trim()}%`)}`;
      default: return `${feature} ${operator} ${written(type, value)}`;
    }
  }

  // A row offers only what its feature can be asked.
  function suit(row) {
    const type = row.querySelector("[data-feature]").selectedOptions[0]?.dataset.type;
    const operator = row.querySelector("[data-operator]");
    const allowed = (name) => {
      if (type === "boolean") return ["yes", "no", "known", "unknown"].includes(name);
      if (["yes", "no"].includes(name)) return false;
      if (type === "text") return ["=", "<>", "in", "contains", "known", "unknown"].includes(name);
      return name !== "contains";
    };
    for (const option of operator.options) option.hidden = option.disabled = !allowed(option.value);
    if (operator.selectedOptions[0]?.disabled) operator.value = [...operator.options].find((each) => !each.disabled).value;
    row.querySelector("[data-value]").hidden = bare.has(operator.value);
  }

  function write(rows) {
    const text = document.getElementById(rows.dataset.rows);
    const join = ` ${rows.querySelector("[data-join]").value} `;
    const all = [...rows.querySelectorAll(":scope > [data-row]")];
    const full = all.filter((row) => bare.has(row.querySelector("[data-operator]").value) || row.querySelector("[data-value]").value.trim());
    text.value = full.map(condition).join(join);
    rows.querySelector("[data-join]").hidden = all.length < 2;
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function ready(root) {
    for (const rows of root.querySelectorAll("[data-rows]")) {
      rows.querySelectorAll(":scope > [data-row]").forEach(suit);
      rows.querySelector("[data-join]").hidden = rows.querySelectorAll(":scope > [data-row]").length < 2;
    }
  }

  document.addEventListener("input", (event) => {
    const rows = event.target.closest("[data-rows]");
    if (!rows) return;
    const row = event.target.closest("[data-row]");
    if (row) suit(row);
    event.stopPropagation();
    write(rows);
  }, true);

  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    const drop = event.target.closest("[data-drop]");
    const rows = event.target.closest("[data-rows]");
    if (add) {
      const row = rows.querySelector("template").content.firstElementChild.cloneNode(true);
      add.before(row);
      suit(row);
      row.querySelector("[data-feature]").focus();
      rows.querySelector("[data-join]").hidden = rows.querySelectorAll(":scope > [data-row]").length < 2;
    } else if (drop) {
      drop.closest("[data-row]").remove();
      write(rows);
    }
  });

  // Enter after the reason saves; by itself it would press the form's first button, which only changes the view.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.target.id !== "reason") return;
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector("[data-save]"));
  });

  document.addEventListener("htmx:afterSwap", (event) => ready(event.target.closest("#editor") ?? document));
  ready(document);
})();
