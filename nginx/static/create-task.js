// A task's page while it is looked at: its steps and its log as they go on. Without it the page loads itself anew.
import { toast } from './tell.js';

const $ = (id) => document.getElementById(id);
const states = { open: 'waiting', waiting: 'waiting', processing: 'running', completed: 'done', failed: 'failed', cancelled: 'cancelled', skipped: 'left out' };
const marks = { waiting: 'clock', processing: 'activity', completed: 'circle-check', failed: 'circle-alert', cancelled: 'x', skipped: 'minus' };

function element(tag, attributes = {}, ...inside) {
	const it = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) it.setAttribute(name, value);
	it.append(...inside);
	return it;
}

// As handlers/view_words.c says it.
function lasted(ms) {
	const s = Math.floor(ms / 1000);
	if (ms < 95) return `${Math.max(0, Math.round(ms))} ms`;
	if (s < 10) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
	if (s < 60) return `${s} s`;
	if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
	return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
}

// ---- colours of terminals ----

// [[text, classes]] of a line: of what terminals understand, colours, bold and faint are shown, the rest is left out.
function pieces(line) {
	const out = [];
	let classes = new Set(), at = 0;
	// eslint-disable-next-line no-control-regex
	const sequence = /\u001b(?:\[([0-?]*)[ -/]*([@-~])|\][^\u0007\u001b]*\u0007?|.)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;
	for (let m; (m = sequence.exec(line));) {
		if (m.index > at) out.push([line.slice(at, m.index), [...classes]]);
		at = m.index + m[0].length;
		if (m[2] === 'm') classes = paint(classes, m[1]);
	}
	if (at < line.length || !out.length) out.push([line.slice(at), [...classes]]);
	return out;
}

function paint(before, codes) {
	const now = new Set(before), all = codes.split(';').map(Number);
	for (let i = 0; i < all.length; i++) {
		const n = all[i], colour = (name) => { for (const c of now) if (c.startsWith('ansi-')) now.delete(c); if (name) now.add(name); };
		if (n === 0) now.clear();
		else if (n === 1) now.add('strong');
		else if (n === 2) now.add('muted');
		else if (n === 22) { now.delete('strong'); now.delete('muted'); }
		else if (n >= 30 && n <= 37) colour(`ansi-${n - 30}`);
		else if (n >= 90 && n <= 97) colour(`ansi-${n - 90}`);
		else if (n === 39) colour();
		else if (n === 38 || n === 48) i += all[i + 1] === 5 ? 2 : 4;
	}
	return now;
}

const plain = (line) => pieces(line).map(([text]) => text).join('');

// ---- the log: pieces of some hundred lines, which are only there while they are near what is seen ----

const CHUNK = 100, LINE = 20;
const log = $('log');
const lines = []; // {id, at, tone, text}
let chunks = [];
let find = { words: '', hits: [], set: new Set(), now: -1 };
let following = true;

const clock = (ms) => new Date(ms).toISOString().slice(11, 19);

function lineElement(i) {
	const { at, tone, text } = lines[i], words = element('span');
	for (const [part, classes] of pieces(text)) words.append(...marked(part, classes));
	const it = element('div', { class: ['line', tone, find.set.has(i) && 'hit', find.hits[find.now] === i && 'now'].filter(Boolean).join(' ') }, element('time', {}, typeof at === 'string' ? at : clock(at)), words);
	return it;
}

// A part of a line, with what is looked for marked in it.
function marked(text, classes) {
	const wrap = (...inside) => (classes.length ? [element('span', { class: classes.join(' ') }, ...inside)] : inside);
	if (!find.words || !text.toLowerCase().includes(find.words)) return wrap(text);
	const inside = [], lower = text.toLowerCase();
	let at = 0;
	for (let hit; (hit = lower.indexOf(find.words, at)) >= 0; at = hit + find.words.length) inside.push(text.slice(at, hit), element('mark', {}, text.slice(hit, hit + find.words.length)));
	inside.push(text.slice(at));
	return wrap(...inside);
}

const near = new IntersectionObserver((entries) => {
	for (const e of entries) {
		const chunk = chunks[e.target.dataset.n];
		if (!chunk || chunk.box !== e.target) continue;
		if (e.isIntersecting) fill(chunk);
		else if (chunk.filled && chunk.to - chunk.from === CHUNK) empty(chunk);
	}
}, { root: log, rootMargin: '700px 0px' });

function fill(chunk) {
	if (chunk.filled === chunk.to) return;
	const from = chunk.filled || chunk.from;
	if (!chunk.filled) { chunk.box.replaceChildren(); chunk.box.style.height = ''; }
	for (let i = from; i < chunk.to; i++) chunk.box.append(lineElement(i));
	chunk.filled = chunk.to;
}
function empty(chunk) {
	chunk.box.style.height = `${chunk.box.offsetHeight}px`;
	chunk.box.replaceChildren();
	chunk.filled = 0;
}
function redraw() {
	for (const chunk of chunks) if (chunk.filled) { chunk.filled = 0; fill(chunk); }
}

function addChunk(from, to) {
	const chunk = { box: element('div', { class: 'chunk', 'data-n': chunks.length }), from, to, filled: 0 };
	chunk.box.style.height = `${(to - from) * LINE}px`;
	chunks.push(chunk);
	log.append(chunk.box);
	near.observe(chunk.box);
	return chunk;
}

// What has been added to lines comes into the page.
function draw() {
	let last = chunks.at(-1), at = last?.to ?? 0;
	while (at < lines.length) {
		if (!last || last.to - last.from >= CHUNK) last = addChunk(at, at);
		last.to = Math.min(last.from + CHUNK, lines.length);
		if (last.filled || following) fill(last);
		else last.box.style.height = `${(last.to - last.from) * LINE}px`;
		at = last.to;
	}
	$('log-empty')?.remove();
	if (following) log.scrollTop = log.scrollHeight;
}

let waiting = false;
function drawSoon() {
	if (waiting) return;
	waiting = true;
	requestAnimationFrame(() => { waiting = false; draw(); if (find.words) search(false); });
}

function toneOf({ type, body }) {
	if (body.status === 'failed' || body.error) return 'bad';
	return type === 'recovered' || type === 'cancelled' ? 'warn' : '';
}

function take(event) {
	for (const text of (event.body.message ?? '').split('\n')) lines.push({ id: event.id, at: event.at, tone: toneOf(event), text });
}

// A line of the page as it was said: what the server made of colours is made into them again.
function said(line) {
	const codes = { strong: 1, muted: 2 };
	return [...line.childNodes].map((part) => {
		const all = [...(part.classList ?? [])].map((c) => codes[c] ?? 30 + Number(c.slice(5)));
		return all.length ? `\u001b[${all.join(';')}m${part.textContent}\u001b[0m` : part.textContent;
	}).join('');
}

function begin() {
	for (const it of log.querySelectorAll('.line')) lines.push({ id: Number(it.dataset.id), at: it.querySelector('time').textContent, tone: it.classList[1] ?? '', text: said(it.querySelector('span')) });
	log.replaceChildren();
	draw();
}

// ---- all of it ----

let whole = $('log-more').hidden;
async function loadWhole() {
	if (whole) return;
	whole = true;
	const answer = await fetch(log.dataset.all);
	if (!answer.ok) { whole = false; toast('The log cannot be had now.'); return; }
	const text = await answer.text(), known = lines.at(-1)?.id ?? 0, behind = [];
	const height = log.scrollHeight - log.scrollTop;
	for (const line of lines) if (line.id > known) behind.push(line);
	lines.length = 0;
	for (const row of text.split('\n')) if (row) take(JSON.parse(row));
	const last = lines.at(-1)?.id ?? 0;
	lines.push(...behind.filter((l) => l.id > last));
	lastShown = Math.max(lastShown, last);
	near.disconnect();
	chunks = [];
	log.replaceChildren();
	const stays = following;
	following = false;
	draw();
	following = stays;
	log.scrollTop = following ? log.scrollHeight : log.scrollHeight - height;
	$('log-more').hidden = true;
}
$('log-more').querySelector('button').addEventListener('click', loadWhole);

// ---- finding ----

function search(move = true) {
	const words = $('log-find').value.toLowerCase();
	const hits = [];
	if (words) lines.forEach((l, i) => { if (plain(l.text).toLowerCase().includes(words)) hits.push(i); });
	const same = words === find.words;
	find = { words, hits, set: new Set(hits), now: same ? find.now : hits.length ? 0 : -1 };
	document.querySelector('.log-search').classList.toggle('on', !!words);
	$('log-found').textContent = words ? (hits.length ? `${find.now + 1} of ${hits.length}` : 'none') : '';
	if (!same || move) redraw();
	if (move && hits.length) show();
}
function show() {
	const i = find.hits[find.now], chunk = chunks.find((c) => i >= c.from && i < c.to);
	following = false;
	paintFollow();
	fill(chunk);
	redraw();
	const row = chunk.box.children[i - chunk.from];
	const center = () => { log.scrollTop += row.getBoundingClientRect().top - log.getBoundingClientRect().top - log.clientHeight / 3; };
	center();
	// What has come into sight around it may be higher than was thought.
	requestAnimationFrame(() => requestAnimationFrame(() => { if (row.isConnected) center(); }));
	$('log-found').textContent = `${find.now + 1} of ${find.hits.length}`;
}
function step(by) {
	if (!find.hits.length) return;
	find.now = (find.now + by + find.hits.length) % find.hits.length;
	show();
}
let typing;
$('log-find').addEventListener('input', () => {
	clearTimeout(typing);
	typing = setTimeout(async () => { if ($('log-find').value) await loadWhole(); search(); }, 150);
});
$('log-find').addEventListener('keydown', (e) => {
	if (e.key !== 'Enter') return;
	e.preventDefault();
	step(e.shiftKey ? -1 : 1);
});
$('log-next').addEventListener('click', () => step(1));
$('log-previous').addEventListener('click', () => step(-1));

// ---- how it is read ----

function paintFollow() { $('log-follow').setAttribute('aria-pressed', following); }
log.addEventListener('scroll', () => {
	following = log.scrollTop + log.clientHeight >= log.scrollHeight - LINE * 1.5;
	paintFollow();
}, { passive: true });
$('log-follow').addEventListener('click', () => { following = true; paintFollow(); draw(); });
function wrap(on) {
	log.classList.toggle('wrap', on);
	$('log-wrap').setAttribute('aria-pressed', on);
	for (const chunk of chunks) if (!chunk.filled) chunk.box.style.height = `${(chunk.to - chunk.from) * LINE}px`;
	if (following) log.scrollTop = log.scrollHeight;
}
$('log-wrap').addEventListener('click', () => {
	const on = !log.classList.contains('wrap');
	try { localStorage.setItem('callboard.log.wrap', on ? '1' : '0'); } catch { /* it is only not remembered */ }
	wrap(on);
});
$('log-copy').addEventListener('click', async () => {
	await loadWhole();
	try { await navigator.clipboard.writeText(lines.map((l) => plain(l.text)).join('\n')); toast('Copied'); } catch { toast('The browser does not let us copy here.'); }
});

// ---- steps ----

const skew = Date.now() - Number($('task-steps').dataset.now);

const mine = (id) => document.querySelector(`#task-steps li[data-step="${CSS.escape(id)}"]`);
function paintStep(li, status, at) {
	li.dataset.status = status;
	li.querySelector('.word').textContent = states[status] ?? status;
	li.querySelector('.mark svg').replaceWith(markOf(status));
	if (status === 'processing') { li.dataset.began = at; li.querySelector('.lasted').textContent = ''; }
	else if (status !== 'skipped' && Number(li.dataset.began)) li.querySelector('.lasted').textContent = lasted(at - li.dataset.began);
}
// The icons that the page has already, or those of the file with all of them.
function markOf(status) {
	const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
	svg.setAttribute('class', 'icon');
	svg.setAttribute('aria-hidden', 'true');
	use.setAttribute('href', `/static/vendor/icons.svg#${marks[status] ?? 'minus'}`);
	svg.append(use);
	return svg;
}
const ticking = setInterval(() => {
	const now = Date.now() - skew;
	for (const li of document.querySelectorAll('#task-steps li[data-status="processing"]')) li.querySelector('.lasted').textContent = lasted(now - li.dataset.began);
	const all = $('lasted');
	if (all && !('ended' in $('task').dataset)) all.textContent = lasted(now - all.dataset.began);
}, 1000);

// ---- what happens ----

let lastShown = Number(log.dataset.shown), source;
function happened(e) {
	const told = JSON.parse(e.data), event = { id: told.id, type: told.type, at: Date.parse(told.createdAt), body: told.body };
	const { stepId, status } = event.body, li = stepId && mine(stepId);
	if (li && status) paintStep(li, status, event.at);
	if (event.id > lastShown && (!log.dataset.step || log.dataset.step === stepId)) {
		lastShown = event.id;
		take(event);
		drawSoon();
	}
	if ($('task').dataset.status === 'open') $('task').dataset.status = 'processing';
	if (event.type === 'completion' || event.type === 'cancelled') ended();
}

// The server knows what came of it: its parts of the page take the place of those that were there.
let ending = false;
async function ended() {
	if (ending) return;
	ending = true;
	for (let tries = 0; tries < 40; tries++) {
		const answer = await fetch(location.href).catch(() => undefined);
		const now = answer?.ok && new DOMParser().parseFromString(await answer.text(), 'text/html');
		if (now && 'ended' in now.getElementById('task').dataset) { replace(now); return; }
		await new Promise((done) => { setTimeout(done, 250); });
	}
	ending = false;
}
function replace(now) {
	source?.close();
	clearInterval(ticking);
	// What was parsed apart has to become part of this document; it is the portal's own page.
	for (const id of ['task', 'task-steps', 'task-result']) $(id).replaceWith(document.importNode(now.getElementById(id), true));
	withCopies();
	$('log-follow').hidden = true;
	const { status, title } = $('task').dataset;
	document.title = `${{ completed: '✓', failed: '✗', cancelled: '–' }[status] ?? ''} ${now.title}`;
	toast(`${title}: ${states[status] ?? status}.`);
}

// Commands are there to be copied.
function withCopies() {
	for (const pre of document.querySelectorAll('#task-result .prose pre')) {
		const button = element('button', { type: 'button', class: 'quiet copy', 'data-copy': pre.textContent.trim(), title: 'Copy', 'aria-label': 'Copy' }, $('log-copy').querySelector('svg').cloneNode(true));
		const box = element('div', { class: 'command' });
		pre.replaceWith(box);
		box.append(pre, button);
	}
}

begin();
withCopies();
paintFollow();
// On a phone, lines that go on beyond the edge are the rule.
let wrapped = null;
try { wrapped = localStorage.getItem('callboard.log.wrap'); } catch { /* then it is as it was */ }
if (wrapped ? wrapped === '1' : matchMedia('(max-width: 639px)').matches) wrap(true);
log.scrollTop = log.scrollHeight;
if (!('ended' in $('task').dataset)) {
	source = new EventSource(log.dataset.events);
	for (const type of ['log', 'completion', 'cancelled', 'recovered']) source.addEventListener(type, happened);
	// The server has said all, or the connection broke: the browser comes again by itself, and what it has is not shown twice.
	source.addEventListener('error', () => { if (source.readyState === EventSource.CLOSED) ended(); });
	addEventListener('pagehide', () => source.close());
}
