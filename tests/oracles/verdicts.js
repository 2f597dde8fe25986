// Judges caption texts by npm's validators: [{kind, text}] on stdin, a list of complaints for each on stdout.
"use strict";
const fs = require("fs");
const { WebVTTParser } = require("webvtt-parser");
const srt = require("srt-validator");

const entities = {};
const table = JSON.parse(fs.readFileSync(require.resolve("webvtt-parser/html-entities.json")));
for (const [name, entry] of Object.entries(table)) entities[name] = entry.characters || entry;

function judge({ kind, text }) {
  if (kind === "vtt") return new WebVTTParser(entities).parse(text, "subtitles").errors;
  return (srt.default || srt)(text);
}

const verdicts = JSON.parse(fs.readFileSync(0)).map((input) => {
  try {
    return [...new Set(judge(input).map((error) => error.message))].slice(0, 20);
  } catch (error) {
    return ["raises: " + error.message];
  }
});
process.stdout.write(JSON.stringify(verdicts));
