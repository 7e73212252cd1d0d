// The page: filters, headline figures, sections.
const SVG = "http://www.w3.org/2000/svg";
const UNITS = { day: ["day", "days"], week: ["week", "weeks"], month: ["month", "months"] };
const PRESETS = { day: [7, 28], week: [4, 12], month: [3, 12] };

function lengthOf(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (seconds < 60) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const HEADLINE = (facts) => [
  ["Sessions", (all) => all.sessions, counted.format.bind(counted)],
  ["Visitors", (all) => all.visitors, counted.format.bind(counted)],
  ["Events per session", (all) => all.events / all.sessions, (value) => value.toFixed(1)],
  ["Average length", (all) => all.milliseconds / all.sessions, lengthOf],
  ["Bounce rate", (all) => (all.with_a_view ? all.bounces / all.with_a_view : NaN), percent.format.bind(percent), "points"],
  facts.has_conversions
    ? ["Conversion rate", (all) => all.converted / all.sessions, percent.format.bind(percent), "points"]
    : ["Engagement rate", (all) => all.engaged / all.sessions, percent.format.bind(percent), "points"],
];

const signOf = (number) => (number < 0 ? "−" : number > 0 ? "+" : "±");

function changeOf(now, before, unit) {
  if (unit === "points") {
    const points = Math.round((now - before) * 1000) / 10;
    return `${signOf(points)}${Math.abs(points).toFixed(1)} points`;
  }
  const share = Math.round((now / before - 1) * 1000) / 1000;
  return `${signOf(share)}${percent.format(Math.abs(share))}`;
}

function sparkline(values) {
  const known = values.filter(Number.isFinite), top = Math.max(...known), bottom = Math.min(...known);
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("viewBox", "0 0 100 26");
  drawn.setAttribute("preserveAspectRatio", "none");
  drawn.setAttribute("aria-hidden", "true");
  if (known.length > 1) {
    const at = (value, n) => `${((n / (values.length - 1)) * 100).toFixed(2)},${(24 - ((value - bottom) / (top - bottom || 1)) * 22).toFixed(2)}`;
    const line = document.createElementNS(SVG, "polyline");
    line.setAttribute("points", values.map((value, n) => (Number.isFinite(value) ? at(value, n) : null)).filter(Boolean).join(" "));
    for (const [name, value] of Object.entries({ fill: "none", stroke: "var(--one)", "stroke-width": 1.5, "vector-effect": "non-scaling-stroke" })) line.setAttribute(name, value);
    drawn.append(line);
  }
  return drawn;
}

class Page {
  constructor(facts) {
    this.facts = facts;
    this.last = facts.starts.length - 1;
    this.used = new Set(facts.cubes.sessions.columns[1]);
    this.chosen = this.fromHash();
    this.cards = make("dl", { class: "cards" });
    const [unit] = UNITS[facts.period];
    this.unfinished = make("p", { class: "about", hidden: true }, `The last ${unit} is not whole: it is compared with whole ones.`);
    this.drawn = facts.figures.map((figure) => new Drawn(figure, facts));
  }

  endOf(step) {
    if (step === this.last) return this.facts.until;
    const next = new Date(`${this.facts.starts[step + 1]}T00:00Z`);
    return new Date(next - 86400000).toISOString().slice(0, 10);
  }

  stepOf(day) {
    const found = this.facts.starts.findLastIndex((start) => start <= day);
    return Math.max(0, found);
  }

  fromHash() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const value = this.facts.values.indexOf(asked.get("value"));
    const first = asked.has("from") ? this.stepOf(asked.get("from")) : 0;
    const last = asked.has("to") ? this.stepOf(asked.get("to")) : this.last;
    return { first: Math.min(first, last), last: Math.max(first, last), value: this.used.has(value) ? value : null };
  }

  choose(change) {
    Object.assign(this.chosen, change);
    if (this.chosen.first > this.chosen.last) {
      if ("first" in change) this.chosen.last = this.chosen.first;
      else this.chosen.first = this.chosen.last;
    }
    const asked = new URLSearchParams({ from: this.facts.starts[this.chosen.first], to: this.endOf(this.chosen.last) });
    if (this.chosen.value !== null) asked.set("value", this.facts.values[this.chosen.value]);
    try { history.replaceState(null, "", `#${asked}`); } catch { /* a notebook's frame has no address */ }
    return this.show();
  }

  dateField(end) {
    const change = () => {
      if (field.value && field.validity.valid) this.choose({ [end]: this.stepOf(field.value) }); // while a year is typed, it is 0002
    };
    const field = make("input", { type: "date", min: this.facts.starts[0], max: this.facts.until, onchange: change, onblur: () => this.writeDates() });
    return field;
  }

  writeDates() {
    const dates = [[this.from, this.facts.starts[this.chosen.first]], [this.to, this.endOf(this.chosen.last)]];
    for (const [field, date] of dates) if (field !== document.activeElement) field.value = date; // not below the fingers of who types
    return dates.map(([, date]) => date).join(" to ");
  }

  filters() {
    this.from = this.dateField("first");
    this.to = this.dateField("last");
    const [, units] = UNITS[this.facts.period];
    const presets = PRESETS[this.facts.period].filter((n) => n <= this.last).map((n) => [n, `${n} ${units}`]);
    this.presets = [...presets, [this.last + 1, "All"]].map(([n, title]) => [n, make("button", { type: "button", onclick: () => this.choose({ first: this.last - n + 1, last: this.last }) }, title)]);
    const options = this.facts.values.map((word, n) => (this.used.has(n) ? make("option", { value: n }, word) : null)).filter(Boolean);
    this.value = make("select", { onchange: () => this.choose({ value: this.value.value === "" ? null : Number(this.value.value) }) }, make("option", { value: "" }, "All"), ...options);
    const by = this.facts.by.replaceAll("_", " ");
    this.theme = make("button", { type: "button", onclick: () => this.otherTheme() });
    document.getElementById("filters").append(
      make("label", {}, "From", this.from), make("label", {}, "to", this.to), make("span", { class: "group", role: "group", "aria-label": "Last" }, ...this.presets.map(([, button]) => button)),
      make("label", {}, by[0].toUpperCase() + by.slice(1), this.value), this.theme);
  }

  otherTheme(theme = this.isDark() ? "light" : "dark") {
    document.documentElement.dataset.theme = theme;
    try { localStorage.setItem("sessionmodels-theme", theme); } catch { /* not everywhere allowed */ }
    this.nameTheme();
  }

  nameTheme() {
    this.theme.textContent = this.isDark() ? "Light" : "Dark";
    this.theme.setAttribute("aria-label", `${this.theme.textContent} colours`);
  }

  isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  sections() {
    const main = document.getElementById("figures"), facts = this.facts;
    facts.notes.forEach((note) => main.append(make("p", { class: "note" }, note)));
    main.append(make("section", { "aria-label": "Headline" }, this.cards, this.unfinished));
    for (const title of new Set(facts.figures.map((figure) => figure.section))) {
      const own = this.drawn.filter((one) => one.figure.section === title).map((one) => one.element);
      main.append(make("section", {}, make("h2", {}, title), make("div", { class: "grid" }, ...own)));
    }
    const tables = Object.entries(facts.tables).filter(([, table]) => table).map(([title, table]) => plainTable(title, table));
    main.append(make("section", {}, make("h2", {}, "Where these figures come from"),
      make("p", { class: "about" }, "As the builds recorded it, whatever is chosen above: an event that was excluded belongs to no session."),
      ...facts.about_builds.map((line) => make("p", { class: "about" }, line)), make("div", { class: "grid" }, ...tables)));
    const [unit] = UNITS[facts.period];
    document.getElementById("about").textContent = `${facts.starts[0]} to ${facts.until}, ${facts.zone} · ${facts.warehouse} · ${facts.made_at}`;
    document.getElementById("foot").textContent = `Made by sessionmodels. A session counts on the ${unit} on which it starts, with all of its events. The file holds counts by ${unit} and ${facts.by.replaceAll("_", " ")}, no single person's rows, and sends nothing anywhere.`;
  }

  showCards() {
    const { now, before, byDay } = headline(this.facts, this.chosen);
    const cards = HEADLINE(this.facts).map(([title, value, format, unit]) => {
      const found = value(now), old = before ? value(before) : NaN;
      const was = make("dd", { class: "was" });
      if (Number.isFinite(old) && Number.isFinite(found) && (old || unit)) was.append(make("b", {}, changeOf(found, old, unit)), ` from ${format(old)}`);
      else was.append(!before && this.facts.first_day ? `data begin on ${this.facts.first_day}` : "nothing to compare with");
      return make("div", { class: "card" }, make("dt", {}, title), make("dd", { class: "big" }, Number.isFinite(found) ? format(found) : "–"), was, sparkline(byDay.map((day) => (day ? value(day) : unit || title.includes(" ") ? NaN : 0))));
    });
    this.cards.replaceChildren(...cards);
    this.unfinished.hidden = !this.facts.is_unfinished || this.chosen.last < this.last;
    return now;
  }

  async show() {
    delete document.body.dataset.shown;
    const dates = this.writeDates();
    this.value.value = this.chosen.value === null ? "" : this.chosen.value;
    this.presets.forEach(([n, button]) => button.setAttribute("aria-pressed", String(this.chosen.last === this.last && this.chosen.last - this.chosen.first + 1 === n)));
    const now = this.showCards();
    for (const one of this.drawn) await one.show(this.chosen).catch((error) => one.fail(error));
    document.getElementById("said").textContent = `${counted.format(now.sessions)} sessions from ${dates}`;
    document.body.dataset.shown = "yes";
  }

  async open() {
    this.filters();
    let theme = null;
    try { theme = localStorage.getItem("sessionmodels-theme"); } catch { /* not everywhere allowed */ }
    if (theme) this.otherTheme(theme);
    this.nameTheme();
    this.sections();
    const main = document.getElementById("figures");
    document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); }); // the address is the filters'
    addEventListener("hashchange", () => {
      const asked = new URLSearchParams(location.hash.slice(1));
      if (location.hash.length > 1 && !["from", "to", "value"].some((name) => asked.has(name))) return;
      this.chosen = this.fromHash();
      this.show();
    });
    await this.show();
  }
}

unpacked(document.getElementById("facts").textContent).then((facts) => new Page(facts).open()).catch((error) => {
  document.getElementById("figures").append(make("p", { class: "note", role: "alert" }, `This report could not be shown: ${error.message}. A browser of 2023 or later is needed.`));
  throw error;
});
