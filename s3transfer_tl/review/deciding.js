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
  unsure.add(place);
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
  troubled = Boolean(trouble);
  const places = [...unsure];
  if (!trouble) unsure.clear();
  places.forEach(drawRow);
  $("alert").hidden = !trouble;
  if (trouble) {
    $("alert-text").textContent = `Not saved: ${printable(trouble)}`;
    saved(`${Math.max(unsaved, waiting.length)} not saved`, true);
  } else {
    saved(seen || decided.some(one => one !== null) ? `Saved in ${file}` : `To be saved in ${file}`);
  }
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
  if (answer.refused) { $("uri-trouble").textContent = printable(answer.refused); $("uri").focus(); return; }
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
