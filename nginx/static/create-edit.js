// The template editor: text, files, form, dry runs. Without it the page is a form that checks a text.
import { progress, toast } from './tell.js';
import { colour, languageOf } from './create-code.js';
import { diffView } from './create-diff.js';
import { base64Of, bytesOf, findTemplate, mark, openFolder, textOf, tree } from './create-files.js';
import { TextEditor } from './create-text.js';
import { dress } from './form.js';

const $ = (id) => document.getElementById(id);
const csrf = () => document.querySelector('meta[name="csrf"]').content;
const bench = $('bench');

const state = {
	files: new Map(), // path -> {bytes, handle, changed}; the template is one of them
	template: 'template.yaml',
	open: 'template.yaml',
	runs: [], // the last two: path -> bytes
	unsaved: false,
	valuesTouched: false,
	faults: [],
};
const editor = new TextEditor($('editor'));

function element(tag, attributes = {}, ...inside) {
	const it = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) it.setAttribute(name, value);
	it.append(...inside);
	return it;
}

async function ask(url, body) {
	const answer = await progress(fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf() } }));
	if (answer.status === 413) return { failed: 'Too large: a dry run takes 10 MB in all.' };
	if (!answer.ok) return { failed: `The portal does not answer (${answer.status}). Try again.` };
	return answer.json();
}

// ---- the template's text ----

const templateText = () => (state.open === state.template ? editor.text : textOf(state.files.get(state.template)?.bytes ?? new Uint8Array()) ?? '');

let checked = 0;
async function check() {
	const mine = ++checked, text = templateText();
	if (!text.trim()) {
		showFaults([]);
		$('verdict').textContent = '';
		return;
	}
	const told = await ask('/create/edit/check', { template: text });
	if (mine !== checked) return;
	if (told.failed) { $('verdict').textContent = told.failed; return; }
	showFaults(told.faults);
	$('edit-title').textContent = told.title ? `Template editor: ${told.title}` : 'Template editor';
	if (told.whole) {
		if (!begun) data = JSON.stringify(told.values);
		begun = true;
		defaults = JSON.stringify(told.values, null, 2);
		if (!state.valuesTouched) $('values').value = JSON.stringify(JSON.parse(data), null, 2);
		drawForm();
	}
}
let defaults = '', begun = false, timer;
function checkSoon() {
	clearTimeout(timer);
	timer = setTimeout(check, 400);
}

function showFaults(faults) {
	const list = $('faults'), verdict = $('verdict');
	state.faults = faults;
	if (state.open === state.template) editor.mark(faults);
	list.replaceChildren(...faults.map(({ line, message }) => {
		const words = element('span', {}, message);
		const go = line ? element('button', { type: 'button', class: 'link' }, `line ${line}`) : '';
		if (line) go.addEventListener('click', () => { openFile(state.template); editor.goTo(line); });
		return element('li', {}, go, ' ', words);
	}));
	list.hidden = !faults.length;
	verdict.replaceChildren(element('span', { class: faults.length ? 'bad' : 'ok' }, faults.length ? `${faults.length} ${faults.length === 1 ? 'problem' : 'problems'}` : 'No problems'));
}

// ---- files ----

function keep() {
	const file = state.files.get(state.open);
	if (file && !editor.area.readOnly) file.bytes = new TextEncoder().encode(editor.text);
}

function openFile(path) {
	if (path === state.open) return;
	keep();
	state.open = path;
	const text = textOf(state.files.get(path).bytes);
	editor.show(text ?? 'This file is no text.', text === undefined ? 'text' : languageOf(path), text === undefined);
	nameFile();
	if (path === state.template) editor.mark(state.faults);
	mark($('files'), path);
}

function nameFile() {
	document.querySelector('#file-name label').textContent = state.open;
}

function showFiles() {
	const list = document.querySelector('.bench-files');
	list.hidden = state.files.size < 2;
	bench.classList.toggle('with-files', !list.hidden);
	$('files').replaceChildren(tree(state.files.keys(), openFile));
	mark($('files'), state.open);
}

function useFiles(files, template) {
	Object.assign(state, { files, template, open: template, runs: [], unsaved: false, valuesTouched: false });
	begun = false;
	$('start')?.remove();
	bench.hidden = $('run').hidden = false;
	editor.show(textOf(files.get(template).bytes) ?? '', 'yaml');
	nameFile();
	showFiles();
	showSave();
	check();
}

function showSave() {
	const button = $('save'), file = state.files.get(state.open);
	button.hidden = bench.hidden;
	button.querySelector('span').textContent = [...state.files.values()].some((f) => f.handle) ? 'Save' : 'Download';
	button.dataset.writes = file?.handle ? '1' : '';
}

async function folder() {
	if (state.unsaved && !confirm('What you have changed is not saved. Open another folder all the same?')) return;
	try {
		const files = await openFolder($('folder-input'));
		if (!files) return;
		const found = findTemplate(files);
		if (!found) { toast('There is no template in that folder: a file with kind: Template.'); return; }
		useFiles(found.below, found.path);
	} catch (e) { toast(e.message); }
}

async function save() {
	keep();
	const changed = [...state.files].filter(([, f]) => f.changed && f.handle);
	if (changed.length) {
		for (const [path, file] of changed) {
			try {
				const to = await file.handle.createWritable();
				await to.write(file.bytes);
				await to.close();
				file.changed = false;
			} catch (e) { toast(`${path}: ${e.message}`); return; }
		}
		state.unsaved = false;
		toast(changed.length === 1 ? `${changed[0][0]} is saved.` : `${changed.length} files are saved.`);
		return;
	}
	const link = element('a', { download: state.open.split('/').at(-1), href: URL.createObjectURL(new Blob([state.files.get(state.open)?.bytes ?? editor.text])) });
	link.click();
	URL.revokeObjectURL(link.href);
	state.unsaved = false;
}

// A template of the catalog brings its folder with it.
async function loadCatalog(ref) {
	const answer = await progress(fetch(`/create/edit/files?template=${encodeURIComponent(ref)}`));
	const told = answer.ok ? await answer.json() : { failed: `the portal does not answer (${answer.status})` };
	if (told.failed) { toast(`The files beside the template cannot be had: ${told.failed}`); check(); return; }
	const files = new Map(told.files.map((f) => [f.path, { bytes: bytesOf(f.base64Content) }]));
	const own = textOf(files.get(told.template)?.bytes ?? new Uint8Array());
	// A file with other entities too: what the catalog has of the template alone.
	if (!own || !/^kind:\s*Template\s*$/m.test(own) || /^---/m.test(own.replace(/^---.*\n/, ''))) {
		files.delete(told.template);
		files.set('template.yaml', { bytes: new TextEncoder().encode(told.text) });
		useFiles(files, 'template.yaml');
	} else useFiles(files, told.template);
}

// ---- form ----

// The values of the form, as JSON: what a dry run is made with, unless somebody writes others.
let data = '{}', formAsked = 0, formTimer, formDue, formGoes = Promise.resolve();

// more: what was changed in the form itself, as pairs.
async function drawForm(more = []) {
	const box = $('side-form'), mine = ++formAsked;
	if (!bench.dataset.form) return;
	const body = new URLSearchParams([['template', templateText()], ['values', data], ...more]);
	const answer = await fetch(bench.dataset.form, { method: 'POST', body, headers: { 'X-CSRF-Token': csrf() } });
	const page = new DOMParser().parseFromString(await answer.text(), 'text/html'), form = page.querySelector('.trying');
	if (mine !== formAsked) return;
	if (!answer.ok || !form) {
		box.replaceChildren(element('p', { class: 'muted' }, 'The form cannot be drawn: ', page.querySelector('main p')?.textContent ?? 'the portal does not answer.'));
		return;
	}
	const active = box.contains(document.activeElement) ? document.activeElement : undefined, at = active?.selectionStart;
	// The focus belongs to whoever writes.
	for (const field of form.querySelectorAll('[autofocus]')) field.removeAttribute('autofocus');
	box.replaceChildren(document.importNode(form, true)); // a view of the portal's
	dress(box);
	data = form.dataset.values;
	if (!state.valuesTouched) $('values').value = JSON.stringify(JSON.parse(data), null, 2);
	const field = active?.name && [...box.querySelectorAll(`[name="${CSS.escape(active.name)}"]`)].find((f) => f.type !== 'radio' || f.value === active.value);
	field?.focus({ preventScroll: true });
	if (field?.type === 'text' || field?.localName === 'textarea') field.setSelectionRange(at, at);
}

function formChanged(form, what, wait) {
	clearTimeout(formTimer);
	// Whoever uses the form wants its values.
	state.valuesTouched = false;
	formDue = [...new FormData(form), ...(what ? [['_do', what]] : [])];
	formTimer = setTimeout(readForm, wait);
}
// Reads what the form says and nobody has read yet; resolves when its values are there.
function readForm() {
	const due = formDue;
	clearTimeout(formTimer);
	formDue = undefined;
	if (due) formGoes = drawForm(due).catch(() => {});
	return formGoes;
}
$('side-form').addEventListener('input', (e) => {
	const form = e.target.closest('[data-try]');
	if (form) formChanged(form, '', e.target.matches('select, [type="checkbox"], [type="radio"]') ? 0 : 350);
});
$('side-form').addEventListener('click', (e) => {
	const button = e.target.closest('button[name="_do"]');
	if (!button) return;
	e.preventDefault();
	formChanged(button.closest('[data-try]'), button.value, 0);
});
$('side-form').addEventListener('submit', (e) => { e.preventDefault(); e.stopPropagation(); });

// ---- dry runs ----

async function run() {
	const button = $('run');
	keep();
	button.disabled = true;
	choose('result', false);
	const box = $('side-result');
	box.setAttribute('aria-busy', 'true');
	await readForm();
	const others = [...state.files].filter(([path]) => path !== state.template);
	const told = await ask('/create/edit/dry-run', {
		template: templateText(), values: $('values').value, secrets: $('secrets').value,
		directoryContents: others.map(([path, { bytes }]) => ({ path, base64Content: base64Of(bytes) })),
	}).catch(() => ({ failed: 'The portal cannot be reached.' }));
	button.disabled = false;
	box.removeAttribute('aria-busy');
	if (told.faults) {
		showFaults(told.faults);
		told.failed = 'The text is no template yet: the problems are listed below it.';
	}
	if (told.directoryContents) state.runs = [new Map(told.directoryContents.map((f) => [f.path, bytesOf(f.base64Content)])), ...state.runs].slice(0, 2);
	box.replaceChildren(...result(told));
	box.focus({ preventScroll: true });
	if (box.getBoundingClientRect().top > innerHeight / 2) box.scrollIntoView();
}

// How each step went, told by the log.
function stepStates(told) {
	const states = new Map((told.steps ?? []).map((s) => [s.id, { name: s.name ?? s.id, status: 'skipped', action: s.action }]));
	for (const { body } of told.log ?? []) if (body.stepId && body.status && states.has(body.stepId)) states.get(body.stepId).status = body.status;
	return [...states.values()];
}

const words = { completed: ['ok', 'done'], failed: ['bad', 'failed'], skipped: ['plain', 'left out'], processing: ['bad', 'failed'] };

function misfits(words) {
	const open = element('button', { type: 'button' }, 'Fill in the form');
	open.addEventListener('click', () => { $('tab-form').click(); $('side-form').querySelector('input:not([type="hidden"]), select, textarea')?.focus(); });
	return element('div', { class: 'note bad', role: 'alert' }, element('div', {}, element('p', {}, element('strong', {}, 'It was not run: the values do not fit the form')), element('ul', {}, ...words.map((w) => element('li', {}, w))), open));
}
function result(told) {
	const parts = [];
	if (told.misfits) parts.push(misfits(told.misfits));
	if (told.failed) parts.push(element('div', { class: 'note bad', role: 'alert' }, element('div', {}, element('p', {}, element('strong', {}, 'It does not run')), element('p', { class: 'words' }, told.failed))));
	if (told.steps?.length) {
		parts.push(element('ol', { class: 'run-steps', 'aria-label': 'Steps' }, ...stepStates(told).map((s) => element('li', {}, element('span', { class: `badge ${words[s.status]?.[0] ?? 'plain'}` }, words[s.status]?.[1] ?? s.status), element('span', { class: 'grow' }, s.name), element('code', { class: 'muted' }, s.action)))));
	}
	if (told.directoryContents) parts.push(filesPart());
	if (told.output && Object.keys(told.output).length) parts.push(part('Output', element('pre', { tabindex: '0', role: 'region', 'aria-label': 'Output' }, JSON.stringify(told.output, null, 2))));
	if (told.log?.length) parts.push(part('Log', element('pre', { class: 'run-log', tabindex: '0', role: 'region', 'aria-label': 'Log' }, told.log.map(({ body }) => body.message).join('\n'))));
	return parts;
}

function part(title, ...inside) {
	return element('section', { class: 'run-part' }, element('h3', {}, title), ...inside);
}

// What the last run made, beside what the run before made of it.
function filesPart() {
	const [now, before] = state.runs;
	const paths = [...new Set([...now.keys(), ...(before?.keys() ?? [])])];
	const same = (path) => base64Of(now.get(path)) === base64Of(before.get(path));
	const badge = (path) => (!before ? '' : !now.has(path) ? 'gone' : !before.has(path) ? 'new' : same(path) ? '' : 'changed');
	const view = element('div', { class: 'run-file' });
	const list = tree(paths, (path) => { mark(list, path); showFile(view, path, now, before); }, badge);
	if (paths.length) {
		const first = paths.find((p) => badge(p)) ?? paths.sort()[0];
		mark(list, first);
		showFile(view, first, now, before);
	}
	return part(`Files (${now.size})`, ...(paths.length ? [element('div', { class: 'run-files' }, list, view)] : [element('p', { class: 'muted' }, 'The workspace is empty in the end.')]));
}

// The file of the folder that a file was made of, as its path lets one guess: "src/${{ values.name }}.go" for "src/pay.go".
function sourceOf(path) {
	const literal = (s) => s.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&');
	const pattern = (p) => new RegExp(`^${p.split(/\$\{\{.*?\}\}|\{%.*?%\}/).map(literal).join('.*').replace(/\\\.njk$/, '')}$`);
	const ends = (p) => p.split('/').map((_, i, all) => all.slice(i).join('/'));
	const candidates = [...state.files.keys()].filter((p) => p !== state.template).map((p) => [p, ends(p).map(pattern)]);
	// The longest end of the path that fits an end of a file's.
	for (const rest of ends(path)) for (const [p, patterns] of candidates) if (patterns.some((re) => re.test(rest))) return p;
	return undefined;
}

function showFile(view, path, now, before) {
	const bytes = now.get(path), text = bytes && textOf(bytes), source = sourceOf(path);
	const ways = [];
	if (bytes) ways.push(['File', () => plain(bytes, text, path)]);
	if (before?.has(path) || (before && bytes)) ways.push(['Since the last run', () => compared(before.get(path), bytes)]);
	if (source && bytes) ways.push([`Against ${source}`, () => compared(state.files.get(source).bytes, bytes)]);
	const shown = element('div', {}), bar = element('div', { class: 'switch', role: 'group', 'aria-label': 'How it is shown' });
	const show = (i) => {
		bar.querySelectorAll('button').forEach((b, k) => b.setAttribute('aria-pressed', k === i));
		shown.replaceChildren(ways[i][1]());
	};
	ways.forEach(([name], i) => {
		const button = element('button', { type: 'button', 'aria-pressed': 'false' }, name);
		button.addEventListener('click', () => show(i));
		bar.append(button);
	});
	view.replaceChildren(element('header', {}, element('h4', {}, path), ways.length > 1 ? bar : ''), shown);
	show(before?.has(path) && bytes && base64Of(bytes) !== base64Of(before.get(path)) ? 1 : 0);
}

function plain(bytes, text, path) {
	if (text === undefined) return element('p', { class: 'muted' }, `${bytes.length} bytes that are no text.`);
	const code = element('code', {}, text), pre = element('pre', { tabindex: '0', role: 'region', 'aria-label': path }, code);
	colour(code, languageOf(path));
	return pre;
}

function compared(from, to) {
	const a = textOf(from ?? new Uint8Array()), b = textOf(to ?? new Uint8Array());
	if (a === undefined || b === undefined) return element('p', { class: 'muted' }, 'They are no texts.');
	if (a === b) return element('p', { class: 'muted' }, 'They are alike.');
	const view = diffView(a, b);
	view.tabIndex = 0;
	view.setAttribute('role', 'region');
	view.setAttribute('aria-label', 'Differences');
	return view;
}

// ---- what is at the side ----

const tabs = [...document.querySelectorAll('[role="tab"]')];
function choose(name, focus = true) {
	for (const tab of tabs) {
		const on = tab.id === `tab-${name}`;
		tab.setAttribute('aria-selected', on);
		tab.tabIndex = on ? 0 : -1;
		$(tab.getAttribute('aria-controls')).hidden = !on;
		if (on && focus) tab.focus();
	}
}
for (const tab of tabs) {
	tab.addEventListener('click', () => choose(tab.id.slice(4)));
	tab.addEventListener('keydown', (e) => {
		const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
		if (step) choose(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length].id.slice(4));
	});
}

// ---- beginning ----

choose('form', false);
editor.area.addEventListener('input', () => {
	state.unsaved = true;
	const file = state.files.get(state.open);
	if (file) file.changed = true;
	if (state.open === state.template) checkSoon();
});
$('values').addEventListener('input', () => { state.valuesTouched = true; });
$('values-again').addEventListener('click', () => {
	state.valuesTouched = false;
	data = $('values').value = defaults;
	drawForm();
});
$('run').addEventListener('click', run);
$('save').addEventListener('click', save);
for (const button of document.querySelectorAll('#open-folder, [data-open-folder]')) button.addEventListener('click', folder);
document.addEventListener('click', (e) => {
	const from = e.target.closest('[data-insert]')?.dataset.insert;
	if (!from) return;
	openFile(state.template);
	editor.insertBlock(document.querySelector(from).textContent);
});
document.addEventListener('keydown', (e) => {
	if (!(e.ctrlKey || e.metaKey) || bench.hidden) return;
	if (e.key === 's') { e.preventDefault(); save(); }
	else if (e.key === 'Enter' && !$('run').disabled) { e.preventDefault(); run(); }
});
addEventListener('beforeunload', (e) => { if (state.unsaved) e.preventDefault(); });

if (!bench.hidden) {
	state.files = new Map([[state.template, { bytes: new TextEncoder().encode(editor.text) }]]);
	showSave();
	if (bench.dataset.ref) loadCatalog(bench.dataset.ref);
	else check();
}
