// Long tables get a field that keeps the rows which hold all of its words.
// Long dotted names in tables may break at their dots, so that the other columns are seen.
document.addEventListener("DOMContentLoaded", () => {
  for (const code of document.querySelectorAll("article td code")) {
    const text = code.textContent;
    if (text.length <= 20 || !/^[\w.]+\.[\w.]+$/.test(text)) continue;
    code.classList.add("breaks");
    code.replaceChildren(...text.split(/(?<=\.)/).flatMap((part) => [part, document.createElement("wbr")]));
  }
  for (const table of document.querySelectorAll("article table")) {
    const rows = [...table.querySelectorAll("tbody tr")];
    if (rows.length < 40) continue;
    const field = document.createElement("input");
    field.type = "search";
    field.className = "filter";
    field.placeholder = `Filter ${rows.length} rows`;
    field.setAttribute("aria-label", "Filter the rows of the table below");
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/);
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
    });
    table.before(field);
  }
});
