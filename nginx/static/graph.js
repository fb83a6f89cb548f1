// Draws the graphs of a page: <div class="graph" data-graph="URL of the data">, as soon as they come into view. What such an
// element holds is what is shown without scripts. With data-graph-page it is the graph page's own: clicks and the filters
// lead to other graphs, and the address follows.

import { arrange, prepare } from './graph-layout.js';
import { draw } from './graph-draw.js';

function el(name, attributes = {}, ...children) {
	const node = document.createElement(name);

	for (const [key, value] of Object.entries(attributes))
		node.setAttribute(key, value);
	node.append(...children);
	return node;
}

// In a square of 16, drawn with lines.
const faces = {
	larger: 'M8 3v10M3 8h10',
	smaller: 'M3 8h10',
	all: 'M6 10l-4 4M2 10v4h4M10 6l4-4M14 6V2h-4',
	screen: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4',
};

function button(face, label, act) {
	const b = el('button', { type: 'button', class: 'quiet', title: label, 'aria-label': label });
	const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), path = document.createElementNS(svg.namespaceURI, 'path');

	svg.setAttribute('viewBox', '0 0 16 16');
	path.setAttribute('d', faces[face]);
	svg.append(path);
	b.append(svg);
	b.addEventListener('click', act);
	return b;
}

function tools(box, view) {
	const fullScreen = () => (document.fullscreenElement ? document.exitFullscreen() : box.requestFullscreen());

	return el('div', { class: 'graph-tools' },
		button('larger', 'Larger (+)', () => view.zoom(1.25)),
		button('smaller', 'Smaller (-)', () => view.zoom(0.8)),
		button('all', 'All of it (0)', () => view.fit(true)),
		...(document.fullscreenEnabled ? [button('screen', 'Full screen', fullScreen)] : []));
}

// Names of relations with how many there are; one brings its relations out.
function legend(edges, pick) {
	const names = new Map();

	for (const e of edges) {
		const of = names.get(e.relation) ?? { words: e.label, n: 0 };

		of.n += e.ends.length / 2;
		names.set(e.relation, of);
	}
	const items = [...names].sort((a, b) => b[1].n - a[1].n).map(([relation, { words, n }]) => {
		const b = el('button', { type: 'button', class: 'graph-name quiet' }, words, ' ', el('span', { class: 'count' }, String(n)));

		for (const on of ['pointerenter', 'focus'])
			b.addEventListener(on, () => pick(relation));
		for (const off of ['pointerleave', 'blur'])
			b.addEventListener(off, () => pick());
		return el('li', {}, b);
	});
	return el('ul', { class: 'graph-legend', 'aria-label': 'Relations' }, ...items);
}

const room = new ResizeObserver((entries) => entries.forEach((e) => e.target.graphView?.refit()));
const foot = 37; // the legend's height

function summary(data) {
	const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;
	const cut = data.leftOut || data.more ? ', more are left out' : '';

	return `Graph: ${count(data.nodes.length, 'entity', 'entities')}, ${count(data.edges.length, 'relation', 'relations')}${cut}`;
}

async function get(url, accept) {
	const answer = await fetch(url, { headers: { Accept: accept }, credentials: 'same-origin' });

	if (!answer.ok)
		throw new Error(`${url}: ${answer.status}`);
	return answer;
}

// Fetches and draws; false when another drawing of the same element has overtaken it.
async function show(box) {
	const url = box.dataset.graph, free = 'graphPage' in box.dataset;
	const direction = box.dataset.graphDirection ?? 'LR';

	box.setAttribute('aria-busy', 'true');
	prepare();
	const data = await (await get(url, 'application/json')).json();
	const space = { width: box.clientWidth, height: box.clientHeight - foot };
	const laid = await arrange(data, direction, space);
	const drawing = await draw(laid, { square: box.dataset.graphCurve === 'curveStepBefore', free, label: summary(data), icons: data.icons });

	if (box.dataset.graph !== url || (box.dataset.graphDirection ?? 'LR') !== direction)
		return false;
	const cut = data.leftOut ? el('span', { class: 'graph-cut' }, `${data.more ? 'more than ' : ''}${data.leftOut} more left out`) : '';

	box.replaceChildren(drawing.svg, tools(box, drawing.view), el('div', { class: 'graph-foot' }, legend(laid.edges, drawing.legend), cut));
	box.classList.add('drawn');
	box.removeAttribute('aria-busy');
	// Not measured: that would have everything laid out at once, here.
	drawing.view.fit(false, space);
	box.graphView = drawing.view;
	room.observe(box);
	return true;
}

async function tryShow(box) {
	const url = box.dataset.graph;

	try {
		await show(box);
	} catch (error) {
		console.error(error);
		if (box.dataset.graph !== url)
			return;
		box.removeAttribute('aria-busy');
		if (!box.childElementCount || box.classList.contains('drawn'))
			box.replaceChildren(el('p', { class: 'graph-failed', role: 'status' }, 'The drawing could not be made. The list shows the same.'));
		box.classList.remove('drawn');
	}
}

// ---- the graph page ----

const parts = (root) => new Map([...root.querySelectorAll('[data-graph-part]')].map((p) => [p.dataset.graphPart, p]));
let turn = 0;

// Shows another graph in place: the server's page for it gives all but the drawing.
async function load(box, url, keepForm) {
	const mine = ++turn;
	let page;

	try {
		page = new DOMParser().parseFromString(await (await get(url, 'text/html')).text(), 'text/html');
	} catch {
		page = null;
	}
	if (mine !== turn)
		return;
	const next = page?.querySelector('[data-graph-page]'), now = parts(document);

	if (!next) {
		location.href = url; // an error has a page of its own
		return;
	}
	document.title = page.title;
	document.querySelectorAll('[data-graph-note]').forEach((note) => note.remove());
	for (const [name, part] of parts(page)) {
		if (name !== 'filters' || !keepForm)
			now.get(name)?.replaceWith(part);
		else
			part.querySelectorAll('summary').forEach((s, i) => (now.get(name).querySelectorAll('summary')[i].textContent = s.textContent));
	}
	parts(document).get('head')?.after(...page.querySelectorAll('[data-graph-note]'));
	for (const key of ['graph', 'graphDirection', 'graphCurve'])
		box.dataset[key] = next.dataset[key];
	await tryShow(box);
}

function go(box, url, keepForm) {
	history.pushState(null, '', url);
	load(box, url, keepForm);
}

// The address of the graph around another entity, with all else as it is.
function around(ref) {
	const params = new URLSearchParams(location.search);

	for (const name of [...params.keys()])
		if (name.startsWith('rootEntityRefs'))
			params.delete(name);
	params.append('rootEntityRefs[]', ref);
	return `${location.pathname}?${params}`;
}

function addressOf(form) {
	const params = new URLSearchParams(new FormData(form));

	// What is off stands before the box that is on; one of them is enough.
	for (const name of ['unidirectional', 'mergeRelations'])
		params.set(name, params.getAll(name).pop());
	params.set('showFilters', String(form.closest('details').open));
	return `${form.action}?${params}`;
}

function closeMenus(except) {
	for (const menu of document.querySelectorAll('[data-graph-menu][open]'))
		if (menu !== except)
			menu.open = false;
}

function drive(box) {
	box.addEventListener('click', (event) => {
		const node = event.target.closest('a[data-node]');

		// The keyboard's Enter follows the link.
		if (!node || event.detail === 0 || event.ctrlKey || event.metaKey)
			return;
		event.preventDefault();
		if (event.shiftKey)
			location.href = node.getAttribute('href');
		else
			go(box, around(node.dataset.node));
	});
	document.addEventListener('click', (event) => {
		const link = event.target.closest('a.graph-go');

		closeMenus(event.target.closest('[data-graph-menu]'));
		if (!link || event.ctrlKey || event.metaKey || event.shiftKey)
			return;
		event.preventDefault();
		go(box, link.href);
	});
	document.addEventListener('change', (event) => {
		const form = event.target.form;

		if (form?.matches('[data-graph-form]') && form.reportValidity())
			go(box, addressOf(form), true);
	});
	document.addEventListener('submit', (event) => {
		if (!event.target.matches('[data-graph-form]'))
			return;
		event.preventDefault();
		go(box, addressOf(event.target), true);
	});
	// An open menu must not cover what the focus goes to.
	document.addEventListener('focusin', (event) => closeMenus(event.target.closest('[data-graph-menu]')));
	document.addEventListener('keydown', (event) => {
		if (event.key !== 'Escape')
			return;
		event.target.closest('[data-graph-menu][open]')?.querySelector('summary').focus();
		closeMenus();
	});
	window.addEventListener('popstate', () => load(box, location.href));
}

// ---- all graphs of the page ----

const seen = new IntersectionObserver((entries) => {
	for (const entry of entries) {
		if (!entry.isIntersecting)
			continue;
		seen.unobserve(entry.target);
		tryShow(entry.target);
	}
}, { rootMargin: '200px' });

for (const box of document.querySelectorAll('[data-graph]')) {
	if ('graphPage' in box.dataset)
		drive(box);
	seen.observe(box);
}
