"use strict";
const {items, state: first, file} = JSON.parse(document.getElementById("data").textContent);
const $ = id => document.getElementById(id);
const decided = items.map(() => null);  // what is decided about each, as the server or this tab said last
const undoable = [];                    // [place, what was decided before]
const waiting = [];                     // [place, decision]: not yet with the server
const unsure = new Set();                // places of words that may not be on disk
let seen = 0, unsaved = 0, troubled = false, sending = false, ended = false, shown = items.map((_, place) => place);
let current = -1;
const AWAY = "the review is out of reach: it may have been ended";
const KINDS = {
  ambiguous: ["Ambiguous", "Several transcriptions are equally good for this video."],
  contested: ["Contested", "Another video wants the same transcription."],
  unmatched: ["Unmatched", "No naming rule finds a transcription for this video."],
};

function made(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

// A name that may break after its signs
function isolated(text, className) {
  const name = made("bdi", undefined, className);
  for (const piece of text.split(/(?<=[._\s-])(?=[^._\s-])/)) name.append(piece, made("wbr"));
  return name;
}

// Texts of others are shown as the server shows them: what cannot be seen stands as its escape
const ODD = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}|^ +| +$/gu;
const SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"};

function printable(text) {
  return text.replace(ODD, char => {
    if (char.startsWith(" ")) return "\\x20".repeat(char.length);
    const code = char.codePointAt(0), [letter, width] = code < 256 ? ["x", 2] : code < 65536 ? ["u", 4] : ["U", 8];
    return SHORT[char] ?? `\\${letter}${code.toString(16).padStart(width, "0")}`;
  });
}

function baseName(uri) { return printable(uri.slice(uri.lastIndexOf("/") + 1)); }

function tell(text) { $("live").textContent = text; }

function verdict(place) {
  const one = decided[place];
  if (!one) return "";
  if (one.transcription === null) return "none of them";
  return baseName(one.transcription) + (one.language ? ` (${one.language})` : "");
}

// The list

const rows = items.map((item, place) => {
  const row = made("li"), button = made("button");
  button.type = "button";
  button.tabIndex = -1;
  button.append(made("span", "", "sign"), isolated(item.name, "name"), made("span", "", "sub"));
  button.addEventListener("click", () => show(place));
  row.append(button);
  return row;
});
$("list").append(...rows);

function drawRow(place) {
  const row = rows[place], one = decided[place], button = row.firstChild;
  const lost = troubled && unsure.has(place);
  row.classList.toggle("decided", one !== null);
  row.classList.toggle("unsaved", lost);
  const [sign, sub] = button.querySelectorAll(".sign, .sub");
  sign.textContent = lost ? "!" : one === null ? "\u00b7" : one.transcription === null ? "\u00d7" : "\u2713";
  sub.textContent = one === null ? KINDS[items[place].kind][0].toLowerCase() : verdict(place);
  button.setAttribute("aria-label",
    `${items[place].name}, ${one === null ? `${items[place].kind}, undecided` : `decided: ${verdict(place)}`}`);
}

function sift() {
  const text = $("filter").value.toLowerCase(), kind = $("kind").value, open = $("open").checked;
  shown = [];
  items.forEach((item, place) => {
    const fits = (!kind || item.kind === kind)
      && (!open || decided[place] === null || place === current)
      && (!text || [item.video, ...item.candidates.map(other => other.uri)].some(uri => uri.toLowerCase().includes(text)));
    if (rows[place].hidden === fits) rows[place].hidden = !fits;
    if (fits) shown.push(place);
  });
  $("shown").textContent = shown.length === items.length ? `${items.length} videos` : `${shown.length} of ${items.length} videos`;
}

// The current video

function parted(parts, stacked) {
  const pair = made("span", undefined, stacked ? "pair" : "");
  for (const [same, video, other] of parts) {
    for (const [ours, theirs] of stacked ? pieces(video, other) : [[video, other]]) {
      if (!stacked) { pair.append(other && made(same ? "span" : "mark", other)); continue; }
      const part = made("span", undefined, "part"), tag = same ? "span" : "mark";
      part.append(made(tag, ours, ours ? "" : "lacking"), made(tag, theirs, theirs ? "" : "lacking"));
      pair.append(part);
    }
  }
  return pair;
}

// Long stretches in pieces of both, so that a narrow page can break the line there
function pieces(video, other) {
  const ours = [...video], theirs = [...other], step = 12, found = [];
  for (let at = 0; at < Math.max(ours.length, theirs.length, 1); at += step) {
    found.push([ours.slice(at, at + step).join(""), theirs.slice(at, at + step).join("")]);
  }
  return found;
}

function differences(parts) {
  const changed = parts.filter(([same]) => !same).map(([, video, other]) =>
    !video ? `it also has ${other}` : !other ? `it lacks ${video}` : `${other} instead of ${video}`);
  return changed.length ? `Differs: ${changed.join("; ")}.` : "The same name.";
}

function drawCandidate(item, other, number) {
  const row = made("li"), button = made("button"), pair = parted(other.parts, true);
  button.type = "button";
  button.dataset.uri = other.uri;
  const part = made("span", undefined, "part end");
  part.append(made("span", item.end), made("span", other.end));
  pair.append(part);
  pair.setAttribute("aria-hidden", "true");
  const where = parted(other.folder, false);
  where.className = "where";
  const facts = made("span", undefined, "facts");
  const told = [...other.facts, other.language && `language ${other.language}`,
    other.rule && !other.why.includes(other.rule) && `by rule ${other.rule}`, other.why];
  facts.append(...told.filter(Boolean).map(text => made("span", text)));
  button.append(made("kbd", number < 10 ? String(number) : "\u00b7"), pair,
    made("span", `${other.name}. ${differences(other.parts)} `, "unseen"), where, facts);
  const rival = taker(other);
  if (rival) button.append(made("span", `Chosen for ${rival} already`, "taken"));
  button.addEventListener("click", () => choose(other));
  row.append(button);
  return row;
}

function draw() {
  const item = items[current], one = decided[current], [kind, reason] = KINDS[item.kind];
  $("badge").textContent = kind;
  $("reason").textContent = reason;
  $("name").replaceChildren(isolated(item.name));
  $("folder").textContent = item.folder;
  $("facts").replaceChildren(...[`video ${current + 1} of ${items.length}`, ...item.facts].map(text => made("span", text)));
  $("verdict").textContent = one === null ? "Undecided" : one.transcription === null ? "\u00d7 Decided: none of them"
    : `\u2713 Decided: ${item.candidates.some(other => other.uri === one.transcription) ? verdict(current)
      : printable(one.transcription) + (one.language ? ` (${one.language})` : "")}`;
  $("verdict").className = one === null ? "" : one.transcription === null ? "none" : "yes";
  $("candidates").replaceChildren(...item.candidates.map((other, place) => drawCandidate(item, other, place + 1)));
  for (const button of $("candidates").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(one !== null && one.transcription === button.dataset.uri));
  }
  $("warning").textContent = "";
  $("nobody").hidden = item.candidates.length > 0;
  $("accept").disabled = !item.candidates.length;
  $("none").setAttribute("aria-pressed", String(one !== null && one.transcription === null));
}

function count() {
  const done = decided.filter(one => one !== null).length;
  $("bar").max = items.length;
  $("bar").value = done;
  $("count").textContent = `${done} of ${items.length} decided`;
  $("undo").disabled = !undoable.length;
  return done;
}

function show(place, {focus = true} = {}) {
  const inList = $("list").contains(document.activeElement) && document.activeElement !== rows[place].firstChild;
  if (current >= 0) {
    rows[current].firstChild.tabIndex = -1;
    rows[current].firstChild.removeAttribute("aria-current");
  }
  current = place;
  rows[current].firstChild.tabIndex = 0;
  rows[current].firstChild.setAttribute("aria-current", "true");
  draw();
  sift();
  rows[current].scrollIntoView({block: "nearest"});
  $("item").scrollTop = 0;
  if (!focus) return;
  if (inList) rows[place].firstChild.focus(); else $("name").focus({preventScroll: false});
}

function step(by) {
  const at = shown.indexOf(current);
  const to = at < 0 ? shown.find(place => place > current) ?? shown[0] : shown[at + by];
  if (to === undefined) tell(by > 0 ? "This is the last one." : "This is the first one.");
  else show(to);
}

// The next undecided one after this one, else the first there is; among those that the filter shows, then among all
function undecided() {
  for (const places of [shown, items.map((_, place) => place)]) {
    const open = places.filter(place => decided[place] === null);
    if (open.length) return open.find(place => place > current) ?? open[0];
  }
  return null;
}
