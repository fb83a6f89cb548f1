// What scripts add to forms of templates: fields that come and go while one fills in, pickers that look things up, lists that
// change in place. Without scripts, the buttons do the same by way of the server.

const $ = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
function element(tag, attributes = {}, ...inside) {
	const it = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) it.setAttribute(name, value);
	it.append(...inside);
	return it;
}

// ---- fields that come and go ----

// Every answer is a page's fields as they are with what is entered. What stays of them is left alone: neither focus nor text move.
function merge(now, next) {
	const old = new Map([...now.children].map((f) => [f.dataset.field, f]));
	let at = now.firstElementChild, came = 0;
	for (const want of [...next.children]) {
		const have = old.get(want.dataset.field), same = have && have.dataset.shape === want.dataset.shape;
		if (same) came += mergeInside(have, want);
		else if (!have) came++;
		const use = same ? have : want;
		if (use === at) at = at.nextElementSibling;
		else now.insertBefore(use, at);
		if (have && !same) {
			const focused = have.contains(document.activeElement) && document.activeElement.id;
			if (have === at) at = at.nextElementSibling;
			have.remove();
			if (focused) document.getElementById(focused)?.focus();
		}
		old.delete(want.dataset.field);
		if (!same) dress(use);
	}
	for (const gone of old.values()) gone.remove();
	return came;
}
const inside = (field) => all('[data-fields]', field).filter((b) => b.parentElement.closest('[data-field]') === field);
function mergeInside(have, want) {
	const mine = inside(have), theirs = inside(want);
	// A list with another number of items comes whole.
	if (mine.length !== theirs.length) { have.replaceWith(want); dress(want); return 1; }
	return mine.reduce((n, box, i) => n + merge(box, theirs[i]), 0);
}

const form = $('[data-form]');
let asked = 0, timer;

async function ask(button) {
	const mine = ++asked, data = new URLSearchParams(new FormData(form));
	data.set('_do', button?.value ?? 'update');
	const answer = await fetch(form.action, { method: 'POST', body: data, headers: { 'X-Form-Part': '1', 'X-CSRF-Token': $('meta[name="csrf"]').content } });
	if (!answer.ok) throw new Error(`${answer.status}`);
	const text = await answer.text();
	if (mine !== asked) return;
	const page = new DOMParser().parseFromString(text, 'text/html').body, part = $('[data-part]');
	say('Kept as a draft');
	if (button) {
		const [what, place] = [button.value.split(':')[0], button.value.slice(button.value.indexOf(':') + 1)];
		const list = what === 'add' || what === 'clear' ? place : place.replace(/\/\d+$/, '');
		change(part, page, list, what);
	} else if ($('[data-fields]', part) && $('[data-fields]', page)) {
		const came = merge($('[data-fields]', part), $('[data-fields]', page));
		if (came) $('#said').textContent = came === 1 ? 'One field has come' : `${came} fields have come`;
	}
}
// A list of other length or order is drawn anew; the focus goes on where one would look.
function change(part, page, place, what) {
	const name = `[data-field="${CSS.escape(place)}"]`, was = $(name, part), now = $(name, page);
	if (!was || !now) return;
	was.replaceWith(now);
	dress(now);
	const items = all(':scope > .entries > .entry', now), last = items.at(-1);
	const to = what === 'add' && last ? $('input:not([type="hidden"]), select, textarea, button', last) : $(':scope > p > button, input:not([type="hidden"]), button', now);
	to?.focus();
	$('#said').textContent = what === 'clear' ? 'Cleared' : items.length === 1 ? 'One entry' : `${items.length} entries`;
}
// What became of the draft; busy while it is not known of what was entered last.
function say(text) {
	const kept = $('[data-kept]');
	kept?.toggleAttribute('aria-busy', !text);
	if (kept && text) kept.textContent = text;
}
function soon(ms) {
	clearTimeout(timer);
	say('');
	timer = setTimeout(() => ask().catch(() => say('Not kept: the portal does not answer')), ms);
}

form?.addEventListener('input', (e) => {
	const field = e.target.closest('[data-field]');
	if (!field || e.target.matches('[data-combo] [role="combobox"][data-adding]')) return;
	unmark(field, e.target);
	const shown = e.target.type === 'range' && e.target.parentElement.querySelector('output');
	if (shown) shown.value = e.target.value;
	soon(e.target.matches('select, [type="checkbox"], [type="radio"]') ? 0 : 350);
});
// What was wrong is being mended: whether it is right now is said when one goes on.
function unmark(field, control) {
	control.removeAttribute('aria-invalid');
	for (const error of all(':scope > .error', field)) error.remove();
}
form?.addEventListener('click', (e) => {
	const button = e.target.closest('button[name="_do"]');
	if (!button || !/^(add|remove|up|down|clear):/.test(button.value)) return;
	e.preventDefault();
	clearTimeout(timer);
	ask(button).catch(() => form.requestSubmit(button));
});
form?.addEventListener('submit', () => { clearTimeout(timer); asked++; });

// ---- pickers ----

let boxes = 0;
function address(box) {
	const url = new URL(box.dataset.combo, location.href), around = box.closest('[data-repo]');
	for (const part of around ? all('[data-part]', around) : []) if (part.value) url.searchParams.set(part.dataset.part, part.value);
	url.searchParams.set('q', $('input', box).value);
	return url;
}
function addChip(box, text, label) {
	const list = box.parentElement.querySelector('[data-chips]'), name = list.dataset.chips;
	if (all('input', list).some((i) => i.value === text)) return;
	list.append(element('li', {}, element('label', { class: 'chip' }, element('input', { type: 'checkbox', name, value: text, checked: '' }), element('span', {}, label))));
	$('#said').textContent = `${label} added`;
	soon(0);
}

function combo(box) {
	const input = $('input[type="text"]', box), many = 'many' in box.dataset;
	let list, at = -1, mine = 0, wait;
	const id = `combo-${++boxes}`;
	for (const [name, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': id })) input.setAttribute(name, value);
	if (many) input.dataset.adding = '';
	const options = () => (list ? all('[role="option"]', list) : []);
	const close = () => { mine++; list?.remove(); list = undefined; at = -1; input.setAttribute('aria-expanded', 'false'); input.removeAttribute('aria-activedescendant'); };
	const choose = (i) => {
		const found = options();
		if (!found.length) return;
		at = (i + found.length) % found.length;
		found.forEach((o, k) => o.setAttribute('aria-selected', k === at));
		input.setAttribute('aria-activedescendant', found[at].id);
		found[at].scrollIntoView({ block: 'nearest' });
	};
	// Another text is another wish: what was marked for the one before counts no longer.
	const unchoose = () => { at = -1; options().forEach((o) => o.setAttribute('aria-selected', 'false')); input.removeAttribute('aria-activedescendant'); };
	const take = (option) => {
		if (many) { addChip(box, option.dataset.value, option.dataset.label); input.value = ''; } else {
			input.value = option.dataset.label;
			input.dispatchEvent(new Event('input', { bubbles: true }));
		}
		close();
	};
	// What was typed is as good, when the field takes it: a comma or Enter ends one of several.
	const takeTyped = () => { for (const word of input.value.split(',')) if (word.trim()) addChip(box, word.trim(), word.trim()); input.value = ''; close(); };
	const look = async () => {
		const now = ++mine;
		let found;
		try {
			const answer = await fetch(address(box), { headers: { Accept: 'application/json' } });
			found = answer.ok ? await answer.json() : { items: [], why: 'This cannot be looked up now: type it.' };
		} catch { found = { items: [], why: 'The portal does not answer: type it.' }; }
		if (now !== mine || document.activeElement !== input) return;
		show(found);
	};
	const show = (found) => {
		list?.remove();
		const any = found.items.length > 0;
		if (!any && !found.why && !input.value) { list = undefined; return; }
		// A list without options is none: what it says is told. What scrolls would be a stop for Tab.
		list = element('ul', any ? { id, role: 'listbox', 'aria-label': 'Choices', tabindex: '-1' } : { id });
		found.items.forEach((it, k) => {
			const option = element('li', { role: 'option', id: `${id}-${k}`, 'aria-selected': 'false', 'data-value': it.value, 'data-label': it.label }, element('span', {}, it.title || it.label));
			if (it.detail) option.append(element('span', { class: 'muted' }, it.detail));
			option.addEventListener('pointerdown', (e) => { e.preventDefault(); take(option); });
			list.append(option);
		});
		if (!any) {
			$('#said').textContent = found.why || 'Nothing like it';
			list.append(element('li', { class: 'none' }, $('#said').textContent));
		} else {
			$('#said').textContent = found.total > found.items.length ? `The first ${found.items.length} of ${found.total}` : `${found.items.length} found`;
			if (found.total > found.items.length) list.append(element('li', { class: 'none', role: 'presentation' }, `${found.total - found.items.length} more: type to find them`));
		}
		box.append(list);
		input.setAttribute('aria-expanded', String(any));
		at = -1;
	};
	input.addEventListener('input', (e) => {
		if (!e.isTrusted) return;
		unchoose();
		clearTimeout(wait);
		wait = setTimeout(look, 120);
	});
	input.addEventListener('focus', () => { if (!input.value || many) look(); });
	input.addEventListener('click', () => { if (!list) look(); });
	// What is marked is what one leaves the field with, unless the field wants it taken.
	input.addEventListener('blur', () => {
		clearTimeout(wait);
		if (at >= 0 && 'auto' in box.dataset) take(options()[at]);
		else if (many && input.value.trim()) takeTyped();
		else close();
	});
	input.addEventListener('keydown', (e) => {
		if (e.key === 'ArrowDown') { if (list) choose(at + 1); else look(); } else if (e.key === 'ArrowUp' && list) choose(at - 1);
		else if (e.key === 'Enter' && at >= 0) take(options()[at]);
		else if ((e.key === 'Enter' || e.key === ',') && many && input.value.trim()) takeTyped();
		else if (e.key === 'Escape' && list) close();
		else return;
		e.preventDefault();
		e.stopPropagation();
	});
}

// What is new on the page gets its scripts.
export function dress(root) {
	for (const box of all('[data-combo]', root)) if (!$('[role="combobox"], [readonly]', box)) combo(box);
}
dress(document);
