// Draws figures, and writes the table and the SQL beside each.
function make(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const counted = new Intl.NumberFormat("en-US");
const percent = new Intl.NumberFormat("en-US", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

function cellOf(column, row, rows) {
  const value = row[column.shows];
  if (!column.of) return typeof value === "number" ? counted.format(value) : value;
  const alike = column.within ? rows.filter((one) => one[column.within] === row[column.within]) : rows;
  const whole = column.of === "*" ? alike.reduce((sum, one) => sum + one[column.shows], 0) : row[column.of];
  return whole ? percent.format(value / whole) : "";
}

function tableOf(columns, cells, numeric, caption) {
  const kind = (n) => (numeric[n] ? { class: "number" } : {});
  const head = make("tr", {}, ...columns.map((title, n) => make("th", { scope: "col", ...kind(n) }, title)));
  const body = cells.map((row) => make("tr", {}, ...row.map((cell, n) => make(n ? "td" : "th", n ? kind(n) : { scope: "row" }, String(cell)))));
  return make("table", { "aria-label": caption }, make("thead", {}, head), make("tbody", {}, ...body));
}

async function copy(text, button, title) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const say = (word) => { button.textContent = word; button.setAttribute("aria-label", `${word} the SQL: ${title}`); };
  say("Copied");
  setTimeout(() => say("Copy"), 1500);
}

function sqlOf(statements, title) {
  const blocks = statements.map((sql) => {
    const button = make("button", { type: "button", "aria-label": `Copy the SQL: ${title}`, onclick: () => copy(`${sql};`, button, title) }, "Copy");
    return make("div", { class: "code" }, make("pre", { tabindex: "0", role: "region", "aria-label": `SQL: ${title}` }, `${laidOut(sql)};`), button);
  });
  return make("details", { class: "sql" }, make("summary", { "aria-label": `SQL: ${title}` }, "SQL"), ...blocks);
}

function scrolled(title, ...children) {
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Table: ${title}` }, ...children);
}

class Drawn {
  constructor(figure, facts) {
    this.figure = figure;
    this.facts = facts;
    this.place = make("div");
    if (figure.least_width) this.place.style.minWidth = `${figure.least_width}px`;
    this.chart = make("div", { class: "chart", role: "img", id: `chart-${figure.name}` }, this.place);
    if (figure.least_width) Object.entries({ tabindex: "0" }).forEach(([name, value]) => this.chart.setAttribute(name, value));
    this.empty = make("p", { class: "empty", hidden: true }, figure.empty);
    this.scroll = scrolled(figure.title);
    const statements = [...new Set(figure.parts.map((part) => facts.cubes[part.cube].sql))];
    this.element = make("figure", { class: figure.width, id: figure.name, "aria-labelledby": `title-${figure.name}` },
      make("figcaption", {}, make("h3", { id: `title-${figure.name}` }, figure.title), make("p", {}, figure.counts)),
      this.chart, this.empty,
      make("div", { class: "more" }, make("details", {}, make("summary", { "aria-label": `Table: ${figure.title}` }, "Table"), this.scroll), sqlOf(statements, figure.title)));
  }

  async draw(rows) {
    const options = { actions: false, renderer: "svg", ast: true, mode: "vega", theme: "none", tooltip: { theme: "none" } };
    const spec = structuredClone(this.figure.spec);
    spec.data.find((one) => one.name === "rows").values = rows.map((row) => ({ ...row }));
    this.view = (await vegaEmbed(this.place, spec, options)).view;
  }

  async change(rows) {
    this.view.data("rows", rows.map((row) => ({ ...row })));
    await this.view.resize().runAsync();
  }

  fail(error) {
    this.view = null; // the next choice draws anew
    this.chart.hidden = true;
    this.empty.hidden = false;
    this.empty.textContent = `This figure could not be drawn: ${error.message}. Its table is below.`;
  }

  async show(chosen) {
    const rows = rowsOf(this.figure, this.facts, chosen);
    this.empty.textContent = this.figure.empty;
    this.empty.hidden = rows.length > 0;
    this.chart.hidden = rows.length === 0;
    const cells = rows.map((row) => this.figure.table.map((column) => cellOf(column, row, rows)));
    const numeric = this.figure.table.map((column) => Boolean(column.of) || (rows.length > 0 && typeof rows[0][column.shows] === "number"));
    this.scroll.replaceChildren(tableOf(this.figure.table.map((column) => column.title), cells, numeric, this.figure.title));
    this.chart.setAttribute("aria-label", `${this.figure.title}. ${this.figure.counts} ${rows.length} rows, in the table below.`);
    if (!rows.length) return;
    if (this.view) await this.change(rows);
    else await this.draw(rows);
  }
}

function plainTable(title, table) {
  const name = title.split(" ").at(-1).toLowerCase();
  return make("figure", { class: "half", id: name, "aria-labelledby": `title-${name}` },
    make("figcaption", {}, make("h3", { id: `title-${name}` }, title)),
    scrolled(title, tableOf(table.columns, table.rows, table.numeric, title)));
}
