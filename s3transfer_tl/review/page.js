"use strict";
const {items, state: first, file} = JSON.parse(document.getElementById("data").textContent);
const $ = id => document.getElementById(id);
const decided = items.map(() => null);  // what is decided about each, as the server or this tab said last
const undoable = [];                    // [place, what was decided before]
const waiting = [];                     // [place, decision]: not yet with the server
let seen = 0, unsaved = 0, sending = false, ended = false, shown = items.map((_, place) => place);
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

function baseName(uri) { return uri.slice(uri.lastIndexOf("/") + 1); }

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
  button.append(made("span", "", "sign"), isolated(item.name, "name"), made("span", "", "sub"));
  button.addEventListener("click", () => show(place));
  row.append(button);
  return row;
});
$("list").append(...rows);

function drawRow(place) {
  const row = rows[place], one = decided[place], button = row.firstChild;
  const lost = waiting.some(([other]) => other === place);
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
    rows[place].hidden = !fits;
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
  facts.append(...[...other.facts, other.language ? `language ${other.language}` : "no language in its name",
    other.rule ? `by rule ${other.rule}` : "by no rule"].map(text => made("span", text)));
  button.append(made("kbd", number < 10 ? String(number) : "\u00b7"), pair,
    made("span", `${other.name}. ${differences(other.parts)} `, "unseen"), where, facts);
  if (other.why) button.append(made("span", other.why, "why"));
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
      : one.transcription + (one.language ? ` (${one.language})` : "")}`;
  $("verdict").className = one === null ? "" : one.transcription === null ? "none" : "yes";
  $("candidates").replaceChildren(...item.candidates.map((other, place) => drawCandidate(item, other, place + 1)));
  for (const button of $("candidates").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(one !== null && one.transcription === button.dataset.uri));
  }
  $("warning").textContent = "";
  $("nobody").hidden = item.candidates.length > 0;
  $("accept").disabled = !item.candidates.length;
  $("none").setAttribute("aria-pressed", String(one !== null && one.transcription === null));
  rows.forEach((row, place) => {
    const button = row.firstChild;
    button.tabIndex = place === current ? 0 : -1;
    if (place === current) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
  });
  rows[current].scrollIntoView({block: "nearest"});
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
  current = place;
  draw();
  sift();
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

// Decisions

function decide(decision) {
  const place = current;
  undoable.push([place, decided[place]]);
  put(place, decision);
  const done = count(), to = undecided();
  const said = `${items[place].name}: ${verdict(place)}. ${done} of ${items.length} decided.`;
  if (to === null) {
    draw();
    tell(`${said} All are decided: press d when you are done.`);
    $("name").focus();
  } else {
    show(to);
    tell(`${said} Next: ${items[to].name}.`);
  }
}

// The name of another video that the transcription is chosen for: it serves one only
function taker(other) {
  const place = decided.findIndex((one, place) => place !== current && one && one.transcription === other.uri);
  return place < 0 ? other.taken : items[place].name;
}

function choose(other) {
  const rival = taker(other);
  if (rival) warn(`${other.name} is chosen for ${rival} already; decide otherwise about that one first.`);
  else decide({transcription: other.uri, language: null});
}

function warn(text) {
  $("warning").textContent = text;
  tell(text);
}

function accept() {
  const item = items[current], one = decided[current];
  const other = item.candidates.find(other => one && one.transcription === other.uri) ?? item.candidates[0];
  if (other) choose(other); else tell("There is nothing to accept. Press 0 for none, or c to choose another.");
}

function undo() {
  const last = undoable.pop();
  if (!last) { tell("There is nothing to undo."); return; }
  const [place, before] = last;
  put(place, before);
  count();
  show(place);
  tell(`Undone: ${items[place].name} is ${before === null ? "undecided" : `decided: ${verdict(place)}`} again.`);
}

function put(place, decision) {
  decided[place] = decision;
  waiting.push([place, decision]);
  drawRow(place);
  send();
}

// The server

const say = (place, decision) => decision === null ? {video: items[place].video} : {video: items[place].video, ...decision};

async function ask(path, body) {
  const answer = await fetch(path, body === undefined ? {} :
    {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
  if (!(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) throw new Error(await answer.text());
  return answer.json();
}

// One word after the other, in their order; with none, what the server could not save is saved once more
async function send() {
  if (sending || ended) return;
  sending = true;
  saved("Saving");
  let trouble = null;
  do {
    const word = waiting[0];
    let answer;
    try {
      answer = await ask("decisions", {since: seen, decisions: word ? [say(...word)] : []});
      if (answer.refused) {
        trouble = answer.refused;
        answer = await ask("decisions?since=0");
      }
    } catch {
      trouble = AWAY;
      break;
    }
    waiting.shift();
    learn(answer);
    trouble = answer.trouble ?? trouble;
  } while (waiting.length);
  sending = false;
  told(trouble);
}

function learn(state) {
  seen = state.seen;
  unsaved = state.unsaved;
  const pending = new Set(waiting.map(([place]) => place));
  for (const [place, decision] of state.changes) {
    if (pending.has(place)) continue;
    decided[place] = decision;
    drawRow(place);
  }
  count();
}

function saved(text, bad = false) {
  $("saved").textContent = text;
  $("saved").classList.toggle("bad", bad);
}

function told(trouble) {
  $("alert").hidden = !trouble;
  if (trouble) {
    $("alert-text").textContent = `Not saved: ${trouble}`;
    saved(`${Math.max(unsaved, waiting.length)} not saved`, true);
  } else {
    saved(seen || decided.some(one => one !== null) ? `Saved in ${file}` : `To be saved in ${file}`);
  }
  items.forEach((_, place) => drawRow(place));
}

async function look() {
  if (sending || ended || document.hidden) return;
  try { learn(await ask(`decisions?since=${seen}`)); } catch { return; }
  draw();
}

async function finish() {
  $("finish").close();
  await send();
  if (waiting.length) return;
  let answer;
  try { answer = await ask("done", {}); } catch { told(AWAY); return; }
  if (answer.trouble) { unsaved = answer.unsaved; told(answer.trouble); return; }
  ended = true;
  const done = count();
  for (const part of [document.querySelector("header"), $("work"), $("alert")]) part.hidden = true;
  document.querySelector(".skip").hidden = true;
  $("end").hidden = false;
  $("end-title").textContent = `${done} of ${items.length} decided`;
  $("end-text").textContent = done ? `Saved in ${file}. ` : "Nothing was decided.";
  $("end-next").textContent = answer.next.join("\n");
  $("end-title").focus();
}

// Dialogs and keys

function askDone() {
  const left = decided.filter(one => one === null).length;
  $("finish-text").textContent = left
    ? `${left} of ${items.length} ${left === 1 ? "is" : "are"} undecided. What you decided is saved; run the review again to go on.`
    : "All are decided.";
  $("finish").showModal();
}

function askOther() {
  const one = decided[current];
  $("choose-for").textContent = `for ${items[current].name}`;
  $("uri").value = one && one.transcription ? one.transcription
    : (items[current].candidates[0] ?? {uri: items[current].video}).uri.replace(/[^/]*$/, "");
  $("language").value = one && one.language ? one.language : "";
  $("uri-trouble").textContent = "";
  $("choose").showModal();
  $("uri").focus();
  $("uri").setSelectionRange($("uri").value.length, $("uri").value.length);
}

async function chooseOther(event) {
  event.preventDefault();
  const uri = $("uri").value, language = $("language").value.trim() || null;
  const word = {video: items[current].video, transcription: uri, language};
  let answer;
  try { answer = await ask("fit", word); } catch { answer = {refused: AWAY}; }
  if (answer.refused) { $("uri-trouble").textContent = answer.refused; $("uri").focus(); return; }
  $("choose").close();
  decide({transcription: uri, language: answer.language});
}

const KEYS = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
  n: () => { const to = undecided(); if (to === null) tell("All are decided."); else show(to); },
  Enter: accept, x: () => decide({transcription: null, language: null}), 0: () => decide({transcription: null, language: null}),
  u: undo, "/": () => { $("filter").focus(); $("filter").select(); }, c: askOther, d: askDone, "?": () => $("keys").showModal(),
};

document.addEventListener("keydown", event => {
  if (ended || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
  const at = event.target;
  if (at === $("filter")) {
    if (event.key === "Escape") { at.value = ""; sift(); $("name").focus(); }
    else if (event.key === "Enter" || event.key === "ArrowDown") { if (shown.length) show(shown[0]); }
    else return;
    event.preventDefault();
    return;
  }
  if (at.matches("select, input[type=search], input[type=text]")) return;
  if (event.key === "Enter" && at.matches("button, input, a")) return;
  if (event.key.length === 1 && !$("letters").checked) return;
  const number = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
  const action = number ? () => {
    const other = items[current].candidates[number - 1];
    if (other) choose(other); else tell(`There is no ${number}.`);
  } : KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

for (const [id, action] of Object.entries({
  undo, accept, none: KEYS[0], other: askOther, back: KEYS.k, next: KEYS.j, help: KEYS["?"], done: askDone,
  again: send, "finish-yes": finish,
})) $(id).addEventListener("click", action);
for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
$("choose-form").addEventListener("submit", chooseOther);
$("sieve").addEventListener("submit", event => event.preventDefault());
for (const id of ["filter", "kind", "open"]) $(id).addEventListener("input", sift);
addEventListener("focus", look);
addEventListener("beforeunload", event => { if (!ended && waiting.length) event.preventDefault(); });

learn(first);
told(first.trouble);
show(undecided() ?? 0, {focus: false});
