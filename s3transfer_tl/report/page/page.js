"use strict";
// Sorts, filters and pages the tables. Without it the page has every figure and the first rows of each table.
// Texts become text nodes only: nothing here makes markup.
(() => {
  const SIZE = 25;
  const CHOICES = 60; // more are found faster by typing
  const count = new Intl.NumberFormat("en-US");
  const ODD = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?! )\p{Zs}|^ | $/gu;
  const SHORT = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

  const element = (name, attributes = {}, ...inside) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  };

  const escaped = (char) => {
    const code = char.codePointAt(0);
    const [letter, width] = code < 256 ? ["x", 2] : code < 65536 ? ["u", 4] : ["U", 8];
    return SHORT[char] ?? `\\${letter}${code.toString(16).padStart(width, "0")}`;
  };

  const marked = (text) => {
    const parts = [];
    let done = 0;
    for (const found of text.matchAll(ODD)) {
      parts.push(text.slice(done, found.index), element("span", { class: "odd" }, escaped(found[0])));
      done = found.index + found[0].length;
    }
    return [...parts, text.slice(done)];
  };

  class Table {
    constructor(place) {
      this.place = place;
      this.id = place.dataset.table;
      this.source = document.getElementById(`${this.id}-data`);
      this.body = place.querySelector("tbody");
      this.heads = [...place.querySelectorAll("thead th")];
      this.caption = place.querySelector("caption").textContent;
      this.page = 0;
      this.sort = null;
      this.words = "";
      this.chosen = new Map();
      if (!this.source) return;
      this.heads.forEach((head, column) => this.makeSortable(head, column));
      if (place.querySelector(".tools")) this.makeTools();
    }

    // A hundred thousand rows are read when somebody first asks for them, not before.
    get data() {
      if (!this.read) {
        this.read = JSON.parse(this.source.textContent);
        this.order = this.read.rows.map((_, row) => row);
        this.shown = this.order;
      }
      return this.read;
    }

    text(row, column) {
      const { kind, base, values } = this.data.columns[column];
      const cell = this.data.rows[row][column];
      if (cell === null) return "";
      if (kind === "choice") return values[cell];
      return Array.isArray(cell) ? cell.join("\n") : base === undefined ? String(cell) : base + cell;
    }

    makeSortable(head, column) {
      const button = element("button", { type: "button", class: "sort" }, ...head.childNodes);
      button.addEventListener("click", () => {
        const down = this.sort?.column === column && !this.sort.down;
        const off = this.sort?.column === column && this.sort.down;
        this.sort = off ? null : { column, down };
        this.heads.forEach((one) => one.removeAttribute("aria-sort"));
        if (this.sort) head.setAttribute("aria-sort", down ? "descending" : "ascending");
        this.arrange();
      });
      head.append(button);
    }

    makeTools() {
      const tools = this.place.querySelector(".tools");
      const typed = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });
      let timer;
      typed.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          this.words = typed.value.toLowerCase();
          this.arrange();
        }, 120);
      });
      tools.append(element("label", {}, element("span", {}, "Filter"), typed));
      this.choices = element("span", { class: "choices" });
      tools.append(this.choices);
      const more = element("button", { type: "button" }, "Filter by column");
      more.addEventListener("click", () => {
        this.makeChoices();
        more.remove();
        this.choices.querySelector("select")?.focus();
      });
      if (this.heads.some((head) => head.classList.contains("choice"))) tools.append(more);
      this.status = element("p", { class: "status", role: "status" });
      this.place.querySelector(".first").replaceWith(this.status);
      const pager = this.place.querySelector(".pager");
      const step = (label, to) => {
        const button = element("button", { type: "button", "aria-label": `${label} page: ${this.caption}` }, label);
        button.addEventListener("click", () => {
          if (button.getAttribute("aria-disabled") === "true") return;
          this.page = to();
          this.show();
        });
        pager.append(button);
        return button;
      };
      this.back = [step("First", () => 0), step("Previous", () => this.page - 1)];
      this.ahead = [step("Next", () => this.page + 1), step("Last", () => this.last)];
      this.total = Number(this.place.dataset.kept);
      this.tell();
    }

    makeChoices() {
      this.data.columns.forEach(({ kind, values }, column) => {
        if (kind !== "choice" || values.length < 2 || values.length > CHOICES) return;
        const select = element("select", {}, element("option", { value: "" }, "all"));
        values.forEach((value, number) => select.append(element("option", { value: number }, ...marked(value).map((part) => part.textContent ?? part))));
        select.addEventListener("change", () => {
          if (select.value === "") this.chosen.delete(column);
          else this.chosen.set(column, Number(select.value));
          this.arrange();
        });
        this.choices.append(element("label", {}, element("span", {}, this.heads[column].textContent), select));
      });
    }

    get last() {
      return Math.max(0, Math.ceil(this.length / SIZE) - 1);
    }

    get length() {
      return this.shown ? this.shown.length : this.total;
    }

    // What a row says, in small letters, put together once.
    haystack(row) {
      this.low ??= [];
      return (this.low[row] ??= this.data.columns.map((_, column) => this.text(row, column)).join("\n").toLowerCase());
    }

    arrange() {
      const { rows, columns } = this.data;
      let order = this.order;
      if (this.chosen.size) order = order.filter((row) => [...this.chosen].every(([column, value]) => rows[row][column] === value));
      if (this.words) order = order.filter((row) => this.haystack(row).includes(this.words));
      if (this.sort) {
        const { column, down } = this.sort;
        const sign = down ? -1 : 1;
        const value = Array.isArray(rows[0]?.[column]) ? (row) => this.text(row, column) : (row) => rows[row][column];
        const keyed = order.map((row) => [value(row), row]);
        keyed.sort(([a, i], [b, j]) => {
          if (a === b) return i - j;
          if (a === null || b === null) return a === null ? 1 : -1;
          return a < b ? -sign : sign;
        });
        order = keyed.map(([, row]) => row);
      }
      this.shown = order;
      this.page = 0;
      this.show();
    }

    show() {
      const { rows, columns } = this.data;
      const lines = this.shown.slice(this.page * SIZE, (this.page + 1) * SIZE).map((row) => {
        const line = element("tr");
        columns.forEach((column, number) => line.append(this.cell(column, rows[row][number])));
        return line;
      });
      this.body.replaceChildren(...lines);
      this.tell();
    }

    cell({ kind, base, values, tones }, value) {
      const made = element("td", { class: kind });
      if (value === null) made.append(element("span", { class: "none" }, "none"));
      else if (kind === "choice" && tones.some(Boolean)) made.append(element("span", { class: `tag ${tones[value] || "mute"}` }, ...marked(values[value])));
      else if (kind === "choice") made.append(...marked(values[value]));
      else if (kind === "number") made.append(count.format(value));
      else if (Array.isArray(value)) made.append(element("ul", {}, ...value.map((one) => element("li", {}, ...marked(one)))));
      else made.append(...marked(base === undefined ? value : base + value));
      return made;
    }

    tell() {
      if (!this.status) return;
      const from = this.page * SIZE;
      const to = Math.min(from + SIZE, this.length);
      const of = this.length === this.total ? `${count.format(this.total)} rows` : `${count.format(this.length)} matching rows, ${count.format(this.total)} in all`;
      this.status.textContent = this.length ? `Rows ${count.format(from + 1)} to ${count.format(to)} of ${of}` : `No row matches, of ${count.format(this.total)}`;
      const off = (buttons, is) => buttons.forEach((button) => button.setAttribute("aria-disabled", String(is)));
      off(this.back, this.page === 0);
      off(this.ahead, this.page >= this.last);
    }
  }

  for (const place of document.querySelectorAll("[data-table]")) new Table(place);
})();
