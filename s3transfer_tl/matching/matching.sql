-- The pipeline of matching.py. Words in braces are filled in there; ids follow URI order, and after
-- the regexes only ids travel: aggregates over key strings need gigabytes at ten million keys.

-- step: macros       `quoted` is JSON as Python writes it: \u001f, where DuckDB writes \u001F
CREATE MACRO nfc(name) AS CASE WHEN strlen(name) = length(name) THEN name ELSE nfc_normalize(name) END;
CREATE MACRO lowered(json) AS CASE WHEN contains(json, '\u00') THEN {lowered} ELSE json END;
CREATE MACRO quoted(name) AS lowered(to_json(name)::VARCHAR)

-- step: source       one listing; nothing but these columns is read
read_json({path}, format = 'newline_delimited', columns = {{uri: 'VARCHAR', size: 'BIGINT', etag: 'VARCHAR',
                                                           index_id: 'VARCHAR', language: 'VARCHAR'}})

-- step: packed       the same, as an inventory is spooled
(SELECT uri, size, etag, index_id, language FROM read_parquet({path}))

-- step: both         videos and transcriptions from one listing
SELECT *, {is_video} AS is_video FROM (SELECT *, {key} AS key FROM {source})
WHERE is_video OR {is_transcription}

-- step: each         videos and transcriptions from a listing each
SELECT *, true AS is_video FROM (SELECT *, {key} AS key FROM {source}) WHERE {is_video}
UNION ALL
SELECT *, false AS is_video FROM (SELECT *, {transcription_key} AS key FROM {transcription_source})
WHERE {is_transcription}

-- step: excluded     what has its side's extension but was not chosen
SELECT DISTINCT uri, '{side}' AS side FROM (SELECT uri, {key} AS key FROM {source}) WHERE {known} AND NOT {chosen}

-- step: how_many
SELECT count(*) FROM ({of})

-- step: objects      what is neither video nor transcription stops here. On disk: every join below is by id
CREATE TABLE disk.sorted AS
SELECT uri, is_video, size, etag,
       CASE WHEN index_id <> '' OR language <> '' THEN coalesce(index_id, '') || chr(1) || coalesce(language, '') END AS told
FROM ({listed}) ORDER BY uri, is_video;
CREATE VIEW objects AS SELECT rowid AS id, * FROM disk.sorted

-- step: repeated     whether a line stands in a listing twice; DuckDB's hashes of long URIs collide, if rarely
WITH twice AS (SELECT hash(uri, is_video) AS h FROM disk.sorted GROUP BY h HAVING count(*) > 1)
SELECT count(*) > count(DISTINCT (uri, is_video)) FROM disk.sorted SEMI JOIN twice ON hash(uri, is_video) = h

-- step: single       to group takes four times as long as to sort, so only then
CREATE TABLE disk.single AS
SELECT uri, is_video, min(size) AS size, min(etag) AS etag, min(told) AS told
FROM disk.sorted GROUP BY uri, is_video ORDER BY uri, is_video;
CREATE OR REPLACE VIEW objects AS SELECT rowid AS id, * FROM disk.single;
DROP TABLE disk.sorted

-- step: told         what rows of a dashboard export say of a video
CREATE TABLE told AS
SELECT id, nullif(split_part(told, chr(1), 1), '') AS index_id, nullif(split_part(told, chr(1), 2), '') AS language
FROM objects WHERE is_video AND told IS NOT NULL

-- step: tables
CREATE TABLE rules (rule INTEGER, spec INTEGER, name VARCHAR, index_id VARCHAR, language VARCHAR);
CREATE TABLE video_stems (rule INTEGER, spec INTEGER, id BIGINT, stem VARCHAR, raw VARCHAR);
CREATE TABLE spellings (rule INTEGER, spec INTEGER, id BIGINT, stem VARCHAR, raw VARCHAR, tail VARCHAR, form VARCHAR);
CREATE TABLE meanings (tail VARCHAR, language VARCHAR, forced BOOLEAN, impaired BOOLEAN, problem VARCHAR);
CREATE TABLE positions (language VARCHAR, position INTEGER);
CREATE TABLE known (video BIGINT);
CREATE TABLE choices (place INTEGER, video BIGINT, transcription BIGINT, language VARCHAR);
CREATE TABLE spelt (rule INTEGER, id BIGINT, tail VARCHAR);
CREATE TABLE settled (video BIGINT, transcription BIGINT, language VARCHAR, rule INTEGER, nfc BOOLEAN, tie BOOLEAN,
                      contested BOOLEAN, picked BOOLEAN);
CREATE TABLE gone (video BIGINT, transcription BIGINT, taker BIGINT);
CREATE TABLE verdicts (uri VARCHAR, access VARCHAR)

-- step: side         `hit` is the whole match: one pass of the regex tests the key and takes it apart
SELECT id, {bucket} AS bucket, p FROM (
  SELECT id, uri, regexp_extract({key}, {pattern}, {groups}) AS p FROM objects WHERE is_video = {is_video})
WHERE p.hit <> ''

-- step: ending       the same for a stem and an ending
SELECT id, bucket, {{g0: left(key, length(key) - length(ending)), g1: substr(ending, 2)}} AS p FROM (
  SELECT id, {bucket} AS bucket, {key} AS key, regexp_extract(key, {ending}) AS ending FROM objects WHERE is_video = {is_video})
WHERE ending <> '' AND length(key) > length(ending)

-- step: video_stems  `raw` is the stem before NFC where that differs
INSERT INTO video_stems
SELECT {rule}, {spec}, id, nfc(stem), nullif(stem, nfc(stem)) FROM (SELECT id, {stem} AS stem FROM ({side}))

-- step: spellings
INSERT INTO spellings
SELECT {rule}, {spec}, id, nfc(stem), nullif(stem, nfc(stem)), tail, form
FROM (SELECT id, {stem} AS stem, {tail} AS tail, {form} AS form FROM ({side}))

-- step: loose        "a" + ".b.en" may be stem a.b.en, stem a.b with tail en, or stem a with tail b.en
INSERT INTO spellings
WITH taken AS (SELECT id, {stem} AS whole, regexp_extract({stem}, {tail_pattern}) AS loose, {tail} AS said, {form} AS form
               FROM ({side})),
split AS (SELECT id, left(whole, length(whole) - length(loose)) AS start, string_split(loose, '.') AS token, said, form
          FROM taken),
spelt AS (SELECT *, unnest(range(1, len(token) + 1)) AS i FROM split)
SELECT {rule}, {spec}, id, nfc(stem), nullif(stem, nfc(stem)), tail, form
FROM (SELECT id, start || array_to_string(token[:i], '.') AS stem,
             {whole_tail} AS tail, form
      FROM spelt)

-- step: crowds       how many candidates a rule would make: quadratic where its join key is too coarse
SELECT rule, sum(videos * transcriptions) FROM (
  SELECT rule, h, count(*) FILTER (is_video) AS videos, count(*) FILTER (NOT is_video) AS transcriptions FROM (
    SELECT rule, hash(stem) AS h, true AS is_video FROM video_stems
    UNION ALL SELECT rule, hash(stem), false FROM spellings) GROUP BY rule, h) GROUP BY rule

-- step: wants        every video and transcription whose stems agree; a transcription keeps its longest stem
CREATE TABLE wants AS
SELECT v.rule, v.id AS video, s.id AS transcription, s.tail, s.form, v.raw IS DISTINCT FROM s.raw AS nfc
FROM video_stems v JOIN spellings s ON v.rule = s.rule AND v.stem = s.stem
QUALIFY rank() OVER (PARTITION BY s.spec, s.id ORDER BY v.raw IS DISTINCT FROM s.raw, strlen(s.stem) DESC) = 1

-- step: asked        explain: what the keys it was asked about name, whatever became of them
CREATE TABLE asked AS
SELECT DISTINCT text, uri FROM (
  SELECT uri, unnest([uri, substr(uri, 6 + strpos(substr(uri, 6), '/')), key]) AS text FROM ({listed}))
SEMI JOIN (SELECT unnest($texts) AS text) USING (text)

-- step: listed
SELECT uri, {key} AS key FROM {source}

-- step: offers       explain: `wants` of what was asked about, before the longest stem is chosen
CREATE TABLE offers AS
SELECT v.rule, v.spec, v.id AS video, s.id AS transcription, s.tail, s.form, v.raw IS DISTINCT FROM s.raw AS nfc
FROM video_stems v JOIN spellings s ON v.rule = s.rule AND v.stem = s.stem
WHERE v.id IN (SELECT id FROM objects JOIN asked USING (uri)) OR s.id IN (SELECT id FROM objects JOIN asked USING (uri))

-- step: matched      what each rule's patterns matched, then the stems are let go
CREATE TABLE matched AS
SELECT spec, count(DISTINCT id) FILTER (is_video) AS videos, count(DISTINCT id) FILTER (NOT is_video) AS transcriptions
FROM (SELECT spec, id, true AS is_video FROM video_stems UNION ALL SELECT spec, id, false FROM spellings) GROUP BY spec;
DROP TABLE video_stems;
DROP TABLE spellings

-- step: tails
SELECT tail FROM wants UNION SELECT tail FROM spelt

-- step: ranked       a lower cost is a better candidate; what a tail means came from Python, once per distinct tail
CREATE TABLE ranked AS
SELECT video, transcription, rule, nfc, language,
       (((((rule::BIGINT * 2 + nfc::INTEGER) * 2 + forced::INTEGER) * {languages}
         + coalesce(position, {languages} - 1)) * 2 + untagged::INTEGER) * 2 + impaired::INTEGER) * {formats}
         + coalesce(list_position({format_list}, form), {formats} - 1) AS cost
FROM (SELECT w.*, m.forced, m.impaired, m.language IS NULL AS untagged,
             coalesce(m.language, r.language, t.language, {language}) AS language
      FROM wants w JOIN meanings m USING (tail) JOIN rules r USING (rule) LEFT JOIN told t ON t.id = w.video
      WHERE m.problem IS NULL)
LEFT JOIN positions USING (language)

-- step: claims       the best candidates of each video; more than one is a tie
CREATE TABLE claims AS
FROM ranked QUALIFY rank() OVER (PARTITION BY video ORDER BY cost) = 1

-- step: picks        one row per video that has a candidate
CREATE TABLE picks AS
WITH contested AS (SELECT transcription FROM claims GROUP BY transcription HAVING count(*) > 1)
SELECT video, min(c.transcription) AS transcription, arg_min(language, c.transcription) AS language,
       any_value(rule) AS rule, any_value(nfc) AS nfc, count(*) > 1 AS tie, bool_or(x.transcription IS NOT NULL) AS contested
FROM claims c LEFT JOIN contested x ON x.transcription = c.transcription GROUP BY video

-- step: decided      ambiguities are left undecided
CREATE TABLE decided AS FROM picks WHERE NOT tie AND NOT contested

-- step: decided_first  the smallest key of a tie; a contested transcription stays with the smallest video
CREATE TABLE decided AS FROM picks QUALIFY row_number() OVER (PARTITION BY transcription ORDER BY video) = 1

-- step: unmatched
CREATE TABLE unmatched AS
SELECT id FROM objects o ANTI JOIN decided d ON d.video = o.id WHERE is_video

-- step: unmatched_undecided  ambiguous videos are neither paired nor unmatched
CREATE TABLE unmatched AS
SELECT id FROM objects o ANTI JOIN picks p ON p.video = o.id WHERE is_video

-- step: given        decisions of a person; what follows up to `honoured` runs where there are any
CREATE TABLE given (place INTEGER, video VARCHAR, transcription VARCHAR, language VARCHAR)

-- step: choices      those about what is listed
INSERT INTO choices
SELECT g.place, v.id, t.id, g.language
FROM given g JOIN objects v ON v.uri = g.video AND v.is_video
LEFT JOIN objects t ON t.uri = g.transcription AND NOT t.is_video
WHERE g.transcription IS NULL OR t.id IS NOT NULL

-- step: stale        the others, and which of the two is missing
SELECT place, video NOT IN (SELECT uri FROM objects WHERE is_video),
       coalesce(transcription NOT IN (SELECT uri FROM objects WHERE NOT is_video), false)
FROM given ANTI JOIN choices USING (place) ORDER BY place

-- step: spelt        what the rules read at the end of the chosen names, whatever they are named after
INSERT INTO spelt SELECT rule, id, tail FROM spellings WHERE id IN (SELECT transcription FROM choices)

-- step: twins        of each rule, under the name that its pairs have by decision; and one of no rule
INSERT INTO rules SELECT -1 - rule, -1, 'decision', index_id, NULL FROM rules
UNION ALL SELECT -1 - {rules}, -1, 'decision', NULL, NULL

-- step: settled      the choices as pairs; `tie` and `contested` are what the rules had come to
INSERT INTO settled
SELECT c.video, c.transcription, coalesce(c.language, CASE WHEN k.video IS NULL THEN coalesce(s.language, r.language, told.language, {language})
                                                       ELSE k.language END) AS language,
       -1 - coalesce(k.rule, w.rule, {rules}) AS rule, coalesce(k.nfc, w.nfc, false) AS nfc,
       coalesce(p.tie, false) AS tie, coalesce(p.contested, false) AS contested, p.video IS NOT NULL AS picked
FROM choices c LEFT JOIN picks p ON p.video = c.video LEFT JOIN told ON told.id = c.video
LEFT JOIN (SELECT video, transcription, arg_min_null(language, cost) AS language, arg_min(rule, cost) AS rule, arg_min(nfc, cost) AS nfc
           FROM ranked SEMI JOIN choices USING (video, transcription) GROUP BY ALL) k ON k.video = c.video AND k.transcription = c.transcription
LEFT JOIN (SELECT video, transcription, min(rule) AS rule, arg_min(nfc, rule) AS nfc
           FROM wants SEMI JOIN choices USING (video, transcription) GROUP BY ALL) w ON w.video = c.video AND w.transcription = c.transcription
LEFT JOIN (SELECT id, arg_min(m.language, rule::BIGINT * 2000 - length(tail)) AS language
           FROM spelt JOIN meanings m USING (tail) WHERE m.problem IS NULL AND m.language IS NOT NULL GROUP BY id) s ON s.id = c.transcription
LEFT JOIN rules r ON r.rule = w.rule

-- step: gone         other videos, all of whose best candidates were given away: they take no second choice
INSERT INTO gone
SELECT c.video, min(c.transcription), arg_min(g.video, c.transcription)
FROM claims c LEFT JOIN choices g ON g.transcription = c.transcription ANTI JOIN choices d ON d.video = c.video
GROUP BY c.video HAVING bool_and(g.video IS NOT NULL)

-- step: gone_first   the same where the policy takes the smallest key of a tie
INSERT INTO gone
SELECT p.video, p.transcription, g.video
FROM picks p JOIN choices g ON g.transcription = p.transcription ANTI JOIN choices d ON d.video = p.video

-- step: honoured     all other videos stay as the rules left them
DELETE FROM decided WHERE video IN (SELECT video FROM choices UNION ALL SELECT video FROM gone)
       OR transcription IN (SELECT transcription FROM choices WHERE transcription IS NOT NULL);
INSERT INTO decided
SELECT video, transcription, language, rule, nfc, false, false FROM settled WHERE transcription IS NOT NULL;
DELETE FROM picks WHERE video IN (SELECT video FROM choices UNION ALL SELECT video FROM gone);
INSERT INTO picks
SELECT video, transcription, language, rule, nfc, false, false FROM settled WHERE transcription IS NOT NULL

-- step: left_by_decision  videos without a transcription by a decision: about them, or about what they wanted
SELECT v.uri, t.uri, taker.uri
FROM (SELECT video, NULL AS transcription, NULL AS taker FROM choices WHERE transcription IS NULL UNION ALL FROM gone) g
JOIN objects v ON v.id = g.video LEFT JOIN objects t ON t.id = g.transcription LEFT JOIN objects taker ON taker.id = g.taker
ORDER BY g.video

-- step: counts
SELECT (SELECT count(*) FROM objects WHERE is_video), (SELECT count(*) FROM objects WHERE NOT is_video),
       (SELECT count(*) FROM decided), (SELECT count(*) FROM unmatched),
       (SELECT count(*) FROM picks WHERE tie OR contested)

-- step: pairs        a stretch of ids at a time: a sort of all URIs would need their size once more
SELECT d.video AS id, v.uri AS object, t.uri AS transcription, coalesce(r.index_id, told.index_id, {index_id}) AS index_id,
       d.language, r.name AS rule, d.nfc,
       v.size AS object_size, v.etag AS object_etag, t.size AS transcription_size, t.etag AS transcription_etag
FROM decided d JOIN objects v ON v.id = d.video JOIN objects t ON t.id = d.transcription
JOIN rules r USING (rule) LEFT JOIN told ON told.id = d.video WHERE d.video BETWEEN $first AND $last

-- step: pairs_and_unmatched
SELECT k.video AS id, v.uri AS object, t.uri AS transcription, coalesce(r.index_id, told.index_id, {index_id}) AS index_id,
       CASE WHEN d.video IS NULL THEN coalesce(told.language, {language}) ELSE d.language END AS language,
       coalesce(r.name, '') AS rule, coalesce(d.nfc, false) AS nfc
FROM (SELECT video FROM decided WHERE video BETWEEN $first AND $last
      UNION ALL SELECT id FROM unmatched WHERE id BETWEEN $first AND $last) k
LEFT JOIN decided d USING (video) JOIN objects v ON v.id = k.video LEFT JOIN objects t ON t.id = d.transcription
LEFT JOIN rules r USING (rule) LEFT JOIN told ON told.id = k.video

-- step: entries
SELECT object, transcription, index_id, language, rule, nfc FROM ({chosen}) ORDER BY id

-- step: to_be_known
SELECT id, index_id, object, transcription FROM ({chosen})

-- step: written      an entry as the manifest has it, NULL where it lacks something
SELECT E'\n  {{\n    "index_id": ' || quoted(index_id) || E',\n    "language": ' || quoted(language) || E',\n    "object": '
       || quoted(object) || coalesce(E',\n    "transcription": ' || quoted(transcription), '') || E'\n  }}'
FROM ({chosen}) e ANTI JOIN known k ON k.video = e.id ORDER BY id

-- step: lacking
SELECT object, index_id IS NULL FROM ({chosen}) e ANTI JOIN known k ON k.video = e.id
WHERE index_id IS NULL OR language IS NULL ORDER BY id LIMIT 1

-- step: reported     a pair as the report has it
SELECT '{{"object":' || quoted(object) || ',"transcription":' || quoted(transcription) || ',"index_id":'
       || coalesce(quoted(index_id), 'null') || ',"language":' || coalesce(quoted(language), 'null') || ',"rule":' || quoted(rule)
       || CASE WHEN nfc THEN ',"note":' || {note} ELSE ',"note":null' END
       || ',"object_size":' || coalesce(object_size::VARCHAR, 'null') || ',"object_etag":' || coalesce(quoted(object_etag), 'null')
       || ',"transcription_size":' || coalesce(transcription_size::VARCHAR, 'null')
       || ',"transcription_etag":' || coalesce(quoted(transcription_etag), 'null') || ',"access":'
       || CASE WHEN k.video IS NOT NULL THEN '"unchecked","left_out":true}}' ELSE '"' || coalesce(n.access, $otherwise) || '"}}' END
FROM ({pairs}) p LEFT JOIN known k ON k.video = p.id LEFT JOIN verdicts n ON n.uri = p.transcription ORDER BY id

-- step: unchecked
SELECT transcription FROM ({pairs}) p ANTI JOIN known k ON k.video = p.id ORDER BY id

-- step: paired
SELECT object, transcription FROM ({pairs}) ORDER BY id

-- step: unmatched_videos
SELECT uri FROM unmatched JOIN objects USING (id) ORDER BY id

-- step: orphans      contested: the best candidate of a video that stayed undecided; lost: a candidate of any other;
-- decided: a candidate of one that a decision concerns;
-- refused: it has a video's name, but a tail that means nothing
SELECT t.uri, CASE WHEN c.video IS NOT NULL THEN 'contested'
                   WHEN l.video IN (SELECT video FROM choices UNION ALL SELECT video FROM gone) THEN 'decided'
                   WHEN l.video IS NOT NULL THEN 'lost'
                   WHEN x.video IS NOT NULL THEN 'refused' ELSE 'no_video' END AS reason, v.uri AS video,
       CASE WHEN c.video IS NULL AND l.video IS NULL THEN x.problem END AS problem
FROM objects t ANTI JOIN decided d ON d.transcription = t.id
LEFT JOIN (SELECT c.transcription, min(c.video) AS video FROM claims c
           JOIN picks p ON p.video = c.video ANTI JOIN decided d ON d.video = c.video
           WHERE tie OR contested GROUP BY c.transcription) c ON c.transcription = t.id
LEFT JOIN (SELECT transcription, min(video) AS video FROM ranked GROUP BY transcription) l ON l.transcription = t.id
LEFT JOIN (SELECT transcription, min(video) AS video, min(problem) AS problem
           FROM wants JOIN meanings USING (tail) WHERE problem IS NOT NULL GROUP BY transcription) x ON x.transcription = t.id
LEFT JOIN objects v ON v.id = coalesce(c.video, l.video, x.video)
WHERE NOT t.is_video ORDER BY t.id

-- step: problems     each thing that a tail may not be, how many orphans it made, and the first of them
SELECT problem, count(*), min(uri), arg_min(video, uri) FROM ({orphans}) WHERE problem IS NOT NULL
GROUP BY problem ORDER BY problem

-- step: ambiguities
SELECT v.uri, t.uri, CASE WHEN p.tie THEN 'tie' ELSE 'contested' END
FROM picks p JOIN claims c USING (video) JOIN objects v ON v.id = p.video JOIN objects t ON t.id = c.transcription
ANTI JOIN choices g ON g.transcription = c.transcription WHERE p.tie OR p.contested ORDER BY p.video, c.transcription

-- step: refusals     what has a video's name, but a tail that means nothing
SELECT t.uri, v.uri, r.name, m.problem
FROM wants w JOIN meanings m USING (tail) JOIN rules r USING (rule)
JOIN objects v ON v.id = w.video JOIN objects t ON t.id = w.transcription
WHERE m.problem IS NOT NULL ORDER BY w.transcription, w.video, w.rule

-- step: rule_counts
SELECT r.spec, any_value(r.name), coalesce(sum(won.pairs), 0), any_value(coalesce(m.videos, 0)), any_value(coalesce(m.transcriptions, 0)),
       coalesce(sum(chosen.pairs), 0)
FROM rules r LEFT JOIN matched m USING (spec) LEFT JOIN (SELECT rule, count(*) AS pairs FROM decided GROUP BY rule) won USING (rule)
LEFT JOIN (SELECT rule, count(*) AS pairs FROM decided GROUP BY rule) chosen ON chosen.rule = -1 - r.rule
WHERE r.spec >= 0 GROUP BY r.spec ORDER BY r.spec

-- step: offered      explain: what became of each offer; `cost` and `least` are the numbers that decided
SELECT v.uri, t.uri, o.rule, o.tail, m.problem, e.video, k.cost, k.language,
       b.cost AS least, best.uri, b.language,
       coalesce(d.transcription = o.transcription AND (d.rule = o.rule OR d.rule < 0), false), taken.uri, coalesce(p.tie, false),
       o.video IN (SELECT video FROM choices)
       OR o.transcription IN (SELECT transcription FROM choices WHERE transcription IS NOT NULL)
FROM offers o JOIN objects v ON v.id = o.video JOIN objects t ON t.id = o.transcription
LEFT JOIN wants w ON w.rule = o.rule AND w.video = o.video AND w.transcription = o.transcription
LEFT JOIN meanings m ON m.tail = w.tail
LEFT JOIN (SELECT w.transcription, r.spec, min(u.uri) AS video FROM wants w JOIN rules r USING (rule)
           JOIN objects u ON u.id = w.video GROUP BY ALL) e
  ON e.transcription = o.transcription AND e.spec = o.spec AND w.video IS NULL
LEFT JOIN ranked k ON k.rule = o.rule AND k.video = o.video AND k.transcription = o.transcription
LEFT JOIN (SELECT video, any_value(cost) AS cost, min(transcription) AS transcription,
                  arg_min(language, transcription) AS language FROM claims GROUP BY video) b ON b.video = o.video
LEFT JOIN objects best ON best.id = b.transcription
LEFT JOIN decided d ON d.video = o.video LEFT JOIN objects taken ON taken.id = d.transcription
LEFT JOIN picks p ON p.video = o.video
ORDER BY v.id, o.rule, k.cost NULLS LAST, t.id

-- step: rivals       explain: who claims the transcriptions that were offered
SELECT t.uri, v.uri FROM claims c JOIN objects t ON t.id = c.transcription JOIN objects v ON v.id = c.video
WHERE c.transcription IN (SELECT transcription FROM offers) ORDER BY t.id, v.id

-- step: found
SELECT text, uri FROM asked ORDER BY text, uri

-- step: fates        explain: `video` is the asked video, or the one that took the asked transcription
SELECT o.uri, o.is_video, coalesce(d.video, o.id) AS video, d.video IS NOT NULL, coalesce(p.tie, false),
       coalesce(p.contested, false)
FROM objects o SEMI JOIN asked USING (uri)
LEFT JOIN decided d ON o.id = CASE WHEN o.is_video THEN d.video ELSE d.transcription END
LEFT JOIN picks p ON o.is_video AND p.video = o.id ORDER BY o.id

-- step: asked_orphans
SELECT uri, reason, video FROM ({orphans}) WHERE uri IN (SELECT uri FROM asked)

-- step: near         keys of one side, those in the folder first, then those of nearly the same length
SELECT uri, free FROM (
  SELECT o.id, o.uri, regexp_extract(o.uri, '^(?s:.*/)') AS folder, d.id IS NULL AS free
  FROM objects o LEFT JOIN (SELECT {side} AS id FROM decided) d USING (id) WHERE {wanted})
ORDER BY folder <> $folder, abs(length(uri) - length(folder) - $length), id LIMIT {most}

-- step: doubtful     review: what the rules leave to a person; what is decided already comes last
SELECT d.id, o.uri, o.size, d.kind FROM ({doubts}) d JOIN objects o USING (id)
ORDER BY d.decided, d.kind = 'unmatched', d.id LIMIT {limit}

-- step: doubts
SELECT video AS id, CASE WHEN tie THEN 'ambiguous' ELSE 'contested' END AS kind, false AS decided
FROM picks WHERE tie OR contested
UNION ALL SELECT o.id, 'unmatched', false
FROM objects o ANTI JOIN picks p ON p.video = o.id ANTI JOIN choices c ON c.video = o.id WHERE o.is_video
UNION ALL SELECT video, CASE WHEN tie THEN 'ambiguous' WHEN contested THEN 'contested' ELSE 'unmatched' END, true
FROM settled WHERE tie OR contested OR NOT picked

-- step: considered   review: the candidates of some videos, the best first; who else wants one, and to whom it was given
SELECT k.video, t.uri, t.size, r.name, k.language, k.cost, b.cost, other.uri, taker.uri
FROM (SELECT video, transcription, min(cost) AS cost, arg_min(rule, cost) AS rule, arg_min_null(language, cost) AS language
      FROM ranked WHERE video IN (SELECT unnest($videos)) GROUP BY video, transcription
      QUALIFY row_number() OVER (PARTITION BY video ORDER BY min(cost), transcription) <= {most}) k
JOIN (SELECT video, min(cost) AS cost FROM claims GROUP BY video) b USING (video)
JOIN objects t ON t.id = k.transcription JOIN rules r USING (rule)
LEFT JOIN (SELECT k.video, k.transcription, min(c.video) AS other FROM ranked k JOIN claims c USING (transcription)
           WHERE c.video <> k.video AND k.video IN (SELECT unnest($videos)) GROUP BY ALL) c
  ON c.video = k.video AND c.transcription = k.transcription
LEFT JOIN objects other ON other.id = c.other
LEFT JOIN choices g ON g.transcription = k.transcription AND g.video <> k.video LEFT JOIN objects taker ON taker.id = g.video
ORDER BY k.video, k.cost, k.transcription

-- step: refused_for  review: what has the name of one of some videos, but a tail that means nothing
SELECT w.video, t.uri, t.size, r.name, any_value(m.problem)
FROM wants w JOIN meanings m USING (tail) JOIN rules r USING (rule) JOIN objects t ON t.id = w.transcription
WHERE m.problem IS NOT NULL AND w.video IN (SELECT unnest($videos)) GROUP BY ALL ORDER BY ALL

-- step: chosen       review: what was decided about some videos
SELECT s.video, t.uri, t.size, s.language FROM settled s JOIN objects t ON t.id = s.transcription
WHERE s.video IN (SELECT unnest($videos))

-- step: dated        when some objects were last modified, of a listing that tells
SELECT uri, any_value(size), any_value(last_modified)
FROM read_json({path}, format = 'newline_delimited', columns = {{uri: 'VARCHAR', size: 'BIGINT', last_modified: 'VARCHAR'}})
WHERE uri IN (SELECT unnest($uris)) GROUP BY uri

-- step: dated_packed
SELECT uri, any_value(size), any_value(last_modified) FROM read_parquet({path}) WHERE uri IN (SELECT unnest($uris)) GROUP BY uri
