// What scripts add to pages that work without them: palette, keyboard, stars, theme, menus, short views of entities.
// One module for every page; what only one page needs has a file of its own.

const $ = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const csrf = () => $('meta[name="csrf"]').content;

// ---- words to the user, progress ----

export function toast(text) {
	const box = document.createElement('div');
	box.className = 'toast';
	const words = document.createElement('span');
	words.textContent = text;
	box.append(words);
	$('.toasts').append(box);
	setTimeout(() => box.remove(), 6000);
}

// Made when something first takes long enough to be noticed: a box more is a layout more, just while the page is drawn.
let bar, waiting = 0;
function showBar() {
	if (!bar) {
		bar = element('div', { class: 'progress', 'aria-hidden': 'true' });
		document.body.append(bar);
		// What it grows from.
		bar.getBoundingClientRect();
	}
	bar.classList.add('on');
}
export function progress(promise) {
	const timer = setTimeout(showBar, 250);
	waiting++;
	return promise.finally(() => {
		clearTimeout(timer);
		if (--waiting === 0) bar?.classList.remove('on');
	});
}

// The same for scripts of single pages: tell.js.
document.addEventListener('callboard:toast', (e) => toast(e.detail));
document.addEventListener('callboard:progress', (e) => progress(e.detail).catch(() => {}));

export async function send(form, submitter) {
	const answer = await progress(fetch(submitter?.getAttribute('formaction') ?? form.action, {
		method: 'POST', keepalive: true, body: new URLSearchParams(new FormData(form, submitter)), headers: { 'X-CSRF-Token': csrf() },
	}));
	if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
	return answer;
}

// ---- parts of a page that are fetched anew ----

// htmx comes when the page has been seen: until then whatever it costs is taken from the drawing. The paint is what tells; a frame
// that was asked for is not drawn yet when it is handed out. Who was faster than that is sent to the next page by the form itself.
// A page without such parts fetches it for the next one.
function whenPainted(then) {
	// What is in the background is not drawn, and keeps nobody waiting.
	if (document.hidden) { then(); return; }
	const painted = new PerformanceObserver((list) => {
		if (!list.getEntriesByName('first-contentful-paint').length) return;
		painted.disconnect();
		then();
	});
	painted.observe({ type: 'paint', buffered: true });
}
// What is drawn by scripts below what one reads first.
for (const it of all('meta[name="later"]')) whenPainted(() => import(it.content));
const htmxFile = $('meta[name="htmx"]').content;
if ($('[hx-get]')) {
	let early;
	const remember = (e) => { early = e.target.form ?? early; };
	document.addEventListener('input', remember);
	whenPainted(() => {
		const script = element('script', { src: htmxFile });
		script.addEventListener('load', () => { document.removeEventListener('input', remember); early?.requestSubmit(); });
		document.head.append(script);
	});
} else {
	whenPainted(() => document.head.append(element('link', { rel: 'prefetch', as: 'script', href: htmxFile })));
}
const requests = new Map();
document.addEventListener('htmx:beforeRequest', (e) => progress(new Promise((done) => { requests.set(e.detail.xhr, done); })));
document.addEventListener('htmx:afterRequest', (e) => { requests.get(e.detail.xhr)?.(); requests.delete(e.detail.xhr); });
document.addEventListener('htmx:responseError', (e) => toast(`That did not work (${e.detail.xhr.status}). Reload the page and try again.`));
document.addEventListener('htmx:sendError', () => toast('The portal cannot be reached.'));

// A field that says nothing has no place in an address.
document.addEventListener('htmx:configRequest', (e) => {
	const { parameters, elt } = e.detail;
	if (!elt.closest('[data-clean]')) return;
	for (const [name, value] of Object.entries(parameters)) if (value === '' && name !== 'words') delete parameters[name];
});
// A field that is typed in keeps its cursor when the page around it changes.
document.addEventListener('htmx:beforeSwap', () => {
	const field = document.activeElement;
	focusAfter = field?.id ? { id: field.id, at: field.selectionStart, value: field.value } : undefined;
});
let focusAfter, sheetOpen, announced;
document.addEventListener('htmx:beforeSwap', () => { sheetOpen = !!$('.rail:target'); });
document.addEventListener('htmx:afterSettle', () => {
	// A sheet is open by its address; what is put in its place has to be told.
	if (sheetOpen) location.replace('#filters');
	// The heading says what is left: whoever cannot see it is told.
	const heading = $('#head h1')?.textContent.trim();
	if (heading && heading !== announced) $('#said').textContent = announced = heading;
	const field = focusAfter && document.getElementById(focusAfter.id);
	if (!field || field === document.activeElement) return;
	field.focus({ preventScroll: true });
	if (field.type === 'search') {
		field.value = focusAfter.value;
		field.setSelectionRange(focusAfter.at, focusAfter.at);
	}
});

// What a form did is said once: a reload or a link that is passed on must not say it again.
if (new URLSearchParams(location.search).has('said')) {
	const here = new URL(location.href);
	here.searchParams.delete('said');
	history.replaceState(history.state, '', here);
}

// ---- forms that need no new page ----

document.addEventListener('submit', async (e) => {
	const form = e.target;
	if (form.matches('[data-star]')) {
		e.preventDefault();
		const button = e.submitter, on = button.value === '1';
		paintStar(button, on);
		try { await send(form, Object.assign(button, { value: on ? '1' : '0' })); } catch { paintStar(button, !on); toast('The star could not be kept.'); return; }
		button.value = on ? '0' : '1';
	} else if (form.matches('[data-theme-form]')) {
		e.preventDefault();
		const root = document.documentElement;
		const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
		e.submitter.value = dark ? 'light' : 'dark';
		root.dataset.theme = e.submitter.value;
		send(form, e.submitter).catch(() => toast('The theme could not be kept.'));
	} else if (form.dataset.confirm && !form.dataset.sure) {
		e.preventDefault();
		if (await sure(form.dataset.confirm, e.submitter?.textContent.trim() || e.submitter?.title, form.dataset.not)) { form.dataset.sure = '1'; form.requestSubmit(e.submitter); }
	} else if (form.method === 'post') {
		// The next page may take a while: other hosts are asked. Sent once is enough.
		if (form.getAttribute('aria-busy')) { e.preventDefault(); return; }
		form.setAttribute('aria-busy', 'true');
		progress(new Promise(() => {}));
	}
});
// A page that is shown again from the browser's memory waits for nothing.
addEventListener('pageshow', (e) => {
	if (!e.persisted) return;
	for (const form of all('form[aria-busy]')) form.removeAttribute('aria-busy');
	bar?.classList.remove('on');
});

function paintStar(button, on) {
	button.setAttribute('aria-pressed', on);
	button.title = on ? 'Starred' : 'Star';
}

function dialog(title, ...inside) {
	const box = document.createElement('dialog');
	box.setAttribute('aria-label', title);
	box.append(...inside);
	document.body.append(box);
	box.addEventListener('close', () => box.remove());
	box.addEventListener('click', (e) => { if (e.target === box) box.close(); });
	box.showModal();
	return box;
}

function element(tag, attributes = {}, ...inside) {
	const it = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) it.setAttribute(name, value);
	it.append(...inside);
	return it;
}

function sure(question, yes, no) {
	return new Promise((resolve) => {
		const go = element('button', { class: 'danger', value: 'yes' }, yes || 'Go on'), not = element('button', { value: '' }, no || 'Cancel');
		const box = dialog(question, element('form', { method: 'dialog', class: 'body stack' }, element('p', {}, question), element('div', { class: 'actions' }, go, not)));
		not.focus();
		box.addEventListener('close', () => resolve(box.returnValue === 'yes'));
	});
}

// ---- menus, copying ----

// A menu ends where something else begins: it must not cover what the focus goes to.
function closeMenus(e) {
	for (const menu of all('details[data-menu][open]')) if (!menu.contains(e.target)) menu.open = false;
}
function leaveMenu(menu) {
	menu.open = false;
	$('summary', menu).focus();
}
document.addEventListener('focusin', closeMenus);
document.addEventListener('click', async (e) => {
	closeMenus(e);
	const copy = e.target.closest('[data-copy]');
	if (copy) {
		const text = copy.dataset.copy || $(copy.dataset.copyFrom)?.textContent || '';
		try { await navigator.clipboard.writeText(text === '@url' ? location.origin + location.pathname : text); toast('Copied'); } catch { toast('The browser does not let us copy here.'); }
	}
	if (e.target.closest('[data-palette]')) { e.preventDefault(); openPalette(); }
	const keys = e.target.closest('[data-keys]'), around = keys?.closest('details[data-menu]');
	// The focus comes back to where it was: that must be in sight then.
	if (around) leaveMenu(around);
	if (keys) showKeys();
});
document.addEventListener('keydown', (e) => {
	if (e.key !== 'Escape') return;
	const menu = e.target.closest?.('details[data-menu][open]');
	if (menu) leaveMenu(menu);
	hidePeek();
});

// ---- palette ----

let palette;
function openPalette() {
	if (palette) return;
	const input = element('input', { type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'palette-found', 'aria-autocomplete': 'list', 'aria-label': 'Search or jump to', placeholder: 'Search or jump to…', autocomplete: 'off', spellcheck: 'false' });
	const found = element('div', { class: 'found', id: 'palette-found', role: 'listbox', 'aria-label': 'Found' });
	const foot = element('footer', { 'aria-hidden': 'true' });
	for (const [key, what] of [['↑↓', 'choose'], ['↵', 'open'], ['esc', 'close']]) foot.append(element('span', {}, element('kbd', {}, key), ` ${what}`));
	palette = dialog('Search or jump to', input, found, foot);
	palette.classList.add('palette');
	palette.addEventListener('close', () => { palette = undefined; });
	let at = 0, asked = 0;
	const options = () => all('[role="option"]', found);
	const choose = (i) => {
		const list = options();
		if (!list.length) return;
		at = (i + list.length) % list.length;
		list.forEach((o, k) => { o.setAttribute('aria-selected', k === at); if (k === at) { o.id ||= `option-${k}`; input.setAttribute('aria-activedescendant', o.id); o.scrollIntoView({ block: 'nearest' }); } });
	};
	const ask = async () => {
		const mine = ++asked;
		const answer = await fetch(`/palette?q=${encodeURIComponent(input.value)}`);
		const html = answer.ok ? await answer.text() : '<p class="muted">The portal does not answer.</p>';
		if (mine !== asked || !palette) return;
		// Rendered by our own server, which escapes what people wrote.
		found.innerHTML = html;
		choose(0);
	};
	input.addEventListener('input', ask);
	input.addEventListener('keydown', (e) => {
		if (e.key === 'ArrowDown') choose(at + 1);
		else if (e.key === 'ArrowUp') choose(at - 1);
		else if (e.key === 'Enter') options()[at]?.click();
		else return;
		e.preventDefault();
	});
	input.focus();
	ask();
}

// ---- parts that come when the page is there: cards of plugins ----

async function fill(card) {
	const box = $('[aria-busy]', card);
	try {
		const answer = await fetch(card.dataset.later, { headers: { Accept: 'text/html' } });
		if (!answer.ok) throw new Error(`${answer.status}`);
		// Rendered by our own server, which escapes what people wrote.
		box.innerHTML = await answer.text();
	} catch {
		box.textContent = 'This does not answer now.';
		box.classList.add('muted');
	}
	box.removeAttribute('aria-busy');
}
const late = new IntersectionObserver((entries) => {
	for (const e of entries) if (e.isIntersecting) { late.unobserve(e.target); fill(e.target); }
}, { rootMargin: '200px' });
for (const card of all('[data-later]')) late.observe(card);

// ---- keyboard ----

// Where "g" and a letter lead is what the side bar offers: nobody is led to what they may not do.
const goes = () => all('a[data-go]');
let before = '';

function showKeys() {
	const list = element('dl', { class: 'keys' });
	const add = (keys, what) => list.append(element('dt', {}, ...keys.flatMap((k, i) => (i ? [' ', element('kbd', {}, k)] : [element('kbd', {}, k)]))), element('dd', {}, what));
	add(['/'], 'Search or jump to');
	add(['Ctrl', 'K'], 'the same, also from within a field');
	for (const link of goes()) add(['g', link.dataset.go], link.title);
	add(['j', 'k'], 'Next and previous row');
	add(['Enter'], 'Open the row');
	add(['s'], 'Star the row, or this page');
	add(['f'], 'Filter this list');
	add(['?'], 'These keys');
	const close = element('button', { class: 'quiet', value: '' }, 'Close');
	dialog('Keyboard shortcuts', element('header', {}, element('h2', {}, 'Keyboard shortcuts'), element('form', { method: 'dialog' }, close)), element('div', { class: 'body' }, list));
}

function moveRow(by) {
	const rows = all('[data-rows] tbody tr, ul[data-rows] > li');
	if (!rows.length) return;
	const now = rows.findIndex((r) => r.classList.contains('at'));
	const next = rows[Math.min(Math.max(now + by, 0), rows.length - 1)];
	rows[now]?.classList.remove('at');
	next.classList.add('at');
	$('a', next)?.focus({ preventScroll: true });
	next.scrollIntoView({ block: 'nearest' });
}

document.addEventListener('keydown', (e) => {
	if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') { e.preventDefault(); openPalette(); return; }
	if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input:not([type="checkbox"]), textarea, select, dialog, [contenteditable]')) return;
	const key = e.key, after = before;
	before = '';
	const go = after === 'g' && goes().find((link) => link.dataset.go === key);
	if (go) go.click();
	else if (key === 'g') { before = 'g'; setTimeout(() => { before = ''; }, 1500); }
	else if (key === '/') openPalette();
	else if (key === '?') showKeys();
	else if (key === 'j') moveRow(1);
	else if (key === 'k') moveRow(-1);
	else if (key === 'f') $('#filter-text')?.focus();
	else if (key === 's') ($('[data-rows] .at .star') ?? $('.head .star'))?.click();
	else return;
	e.preventDefault();
});

// ---- a short view of an entity beside a link to it ----

let peek, peekTimer;
const seen = new Map();
function hidePeek() {
	clearTimeout(peekTimer);
	peek?.remove();
	peek = undefined;
}
async function showPeek(link) {
	const url = link.getAttribute('href');
	if (!seen.has(url)) {
		const answer = await fetch(`${url}/peek`);
		seen.set(url, answer.ok ? await answer.text() : '');
	}
	if (!seen.get(url) || !link.matches(':hover, :focus-visible')) return;
	hidePeek();
	peek = element('div', { class: 'peek' });
	peek.innerHTML = seen.get(url);
	$('main').append(peek);
	const at = link.getBoundingClientRect(), size = peek.getBoundingClientRect();
	const below = at.bottom + size.height + 8 < innerHeight;
	peek.style.setProperty('--at', `${Math.max(8, at.left) + scrollX}px`); // kept within the window by the style sheet
	peek.style.top = `${(below ? at.bottom + 6 : at.top - size.height - 6) + scrollY}px`;
	peek.addEventListener('mouseleave', hidePeek);
}
document.addEventListener('focusin', (e) => {
	clearTimeout(peekTimer);
	if (e.target.matches('a[data-ref]:focus-visible')) peekTimer = setTimeout(() => showPeek(e.target), 700);
	else if (!e.target.closest('.peek')) hidePeek();
});
document.addEventListener('mouseover', (e) => {
	const link = e.target.closest?.('a[data-ref]');
	if (link) { clearTimeout(peekTimer); peekTimer = setTimeout(() => showPeek(link), 350); }
	else if (peek && !e.target.closest('.peek')) { clearTimeout(peekTimer); peekTimer = setTimeout(hidePeek, 200); }
	else if (!peek) clearTimeout(peekTimer);
});
