for (const table of document.querySelectorAll("table[data-long]")) {
  const body = table.tBodies[0];
  const box = document.createElement("input");
  box.type = "search";
  box.placeholder = "filter this table";
  box.setAttribute("aria-label", "filter this table");
  box.addEventListener("input", () => {
    const want = box.value.toLowerCase();
    for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(want);
  });
  table.before(box);
  const value = (row, i) => row.cells[i].textContent.replace(/,(?=\d{3})/g, "");
  for (const [i, head] of [...table.tHead.rows[0].cells].entries()) {
    let up = false;
    head.addEventListener("click", () => {
      up = !up;
      const rows = [...body.rows].sort((a, b) => value(a, i).localeCompare(value(b, i), "en", { numeric: true }));
      body.append(...(up ? rows : rows.reverse()));
    });
    head.title = "sort";
  }
}
