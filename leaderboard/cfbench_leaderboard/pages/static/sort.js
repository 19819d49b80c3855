"use strict";
// Makes the headings of a board buttons that sort its rows. Rows without a value stay last.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const sort = (head, index) => {
    const begun = head.getAttribute("aria-sort");
    const opposite = { ascending: "descending", descending: "ascending" };
    const order = begun ? opposite[begun] : head.dataset.first;
    const sign = order === "ascending" ? 1 : -1;
    const numbers = head.dataset.kind === "number";
    const key = (row) => row.cells[index].dataset.value ?? "";
    const compare = (a, b) => {
      if (a === "" || b === "") return (a === "") - (b === "");
      return sign * (numbers ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0);
    };
    body.append(...[...body.rows].sort((a, b) => compare(key(a), key(b))));
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
  };
  heads.forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, index));
    head.append(button);
  });
}
