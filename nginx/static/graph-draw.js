// Draws an arranged graph as SVG, and lets one move about in it.

import { fonts, pause, readable } from './graph-layout.js';

const svgns = 'http://www.w3.org/2000/svg';
const scale = { least: 0.15, most: 3, first: 1.1 };
const smallest = readable - 0.08; // that a drawing begins with

function make(name, attributes, ...children) {
	const el = document.createElementNS(svgns, name);

	for (const [key, value] of Object.entries(attributes))
		el.setAttribute(key, value);
	el.append(...children);
	return el;
}

const text = (x, y, content, attributes = {}) => make('text', { x, y, ...attributes }, content);

function distance(depth) {
	return depth === 0 ? 'where the graph starts' : depth === 1 ? '1 step away' : `${depth} steps away`;
}

function drawNode(node, icons) {
	// Its name begins with what is to be read on it.
	const read = [...node.lines, node.sub || `, ${node.kind}`].join(' ').replace(' ,', ',');
	const whole = node.lines.join('') === node.title.replaceAll(/\s+/g, '') || node.lines[0] === node.title ? '' : `, ${node.title}`;
	const a = make(node.found ? 'a' : 'g', {
		class: `graph-node${node.depth === 0 ? ' root' : ''}${node.found ? '' : ' gone'}${node.sub ? '' : ' small'}`,
		transform: `translate(${node.x} ${node.y})`,
		'aria-label': `${read}${whole}${node.found ? '' : ', not in the catalog'}, ${distance(node.depth)}`,
		...(node.found ? { href: node.url } : { role: 'img' }),
	});
	const middle = node.h / 2;
	const first = node.sub ? middle - 8 * (node.lines.length - 1) - 3 : middle + 4.5;

	a.dataset.node = node.ref;
	a.append(make('title', {}, `${node.title}\n${node.ref}${node.found ? '' : "\nnot in the catalog"}`));
	a.append(make('rect', { width: node.w, height: node.h, rx: 6 }));
	a.append(make('use', { href: `${icons}#${node.icon}`, class: 'graph-icon', x: 10, y: middle - 8, width: 16, height: 16 }));
	node.lines.forEach((line, i) => a.append(text(34, first + 16 * i, `${line} `, { class: 'graph-title', 'font-size': fonts.title })));
	if (node.sub)
		a.append(text(34, first + 16 * node.lines.length - 1, node.sub, { class: 'graph-sub', 'font-size': fonts.small }));
	return a;
}

function drawGroup(g) {
	return make('g', { class: 'graph-group', transform: `translate(${g.x} ${g.y})`, 'aria-hidden': 'true' },
		make('rect', { width: g.w, height: g.h, rx: 8 }), text(10, 16, g.head, { class: 'graph-sub', 'font-size': fonts.small }));
}

// A line along points whose corners are cut round.
function lineOf(points, round) {
	let d = `M${points[0].x} ${points[0].y}`;

	for (let i = 1; i < points.length - 1; i++) {
		const [a, b, c] = [points[i - 1], points[i], points[i + 1]];
		const before = Math.hypot(b.x - a.x, b.y - a.y), after = Math.hypot(c.x - b.x, c.y - b.y);
		const r = Math.min(round, before / 2, after / 2);

		if (r < 1) {
			d += `L${b.x} ${b.y}`;
			continue;
		}
		d += `L${b.x + ((a.x - b.x) * r) / before} ${b.y + ((a.y - b.y) * r) / before}`;
		d += `Q${b.x} ${b.y} ${b.x + ((c.x - b.x) * r) / after} ${b.y + ((c.y - b.y) * r) / after}`;
	}
	const end = points[points.length - 1];

	return `${d}L${end.x} ${end.y}`;
}

function drawEdge(edge, round, arrow, both) {
	const g = make('g', { class: 'graph-edge' });

	g.dataset.relation = edge.relation;
	g.append(make('title', {}, edge.label));
	for (const points of edge.paths) {
		const d = lineOf(points, round);

		g.append(make('path', { d, class: 'graph-hit' }), make('path', { d, class: 'graph-line', 'marker-end': `url(#${arrow})` }));
	}
	if (edge.w) {
		const label = make('text', { x: edge.x + edge.w / 2, y: edge.y + 12, class: 'graph-label', 'text-anchor': 'middle', 'font-size': fonts.small }, edge.words);

		if (both && edge.inverseWords)
			label.append(make('tspan', { class: 'graph-inverse' }, ` / ${edge.inverseWords}`));
		g.append(make('rect', { x: edge.x, y: edge.y, width: edge.w, height: edge.h, class: 'graph-label-back', rx: 3 }), label);
	}
	return g;
}

function arrowHead(id) {
	return make('marker', { id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' },
		make('path', { d: 'M0 0.5L7.5 4L0 7.5z', class: 'graph-arrow' }));
}

// Pointing at a node brings out what it has to do with; at a relation or its name in the legend, all of that name.
function highlight(svg, laid, edgeEls, nodeEls) {
	const show = (edges) => {
		svg.classList.toggle('picking', edges.length > 0);
		edgeEls.forEach((el, i) => el.classList.toggle('on', edges.includes(laid.edges[i])));
		const ends = new Set(edges.flatMap((e) => e.ends));

		nodeEls.forEach((el) => el.classList.toggle('on', ends.has(el.dataset.node)));
	};
	const of = (target) => {
		const node = target?.closest?.('[data-node]')?.dataset.node, relation = target?.closest?.('[data-relation]');

		if (node)
			return laid.edges.filter((e) => e.ends.includes(node));
		const at = relation ? edgeEls.indexOf(relation) : -1;

		return at < 0 ? [] : [laid.edges[at]];
	};

	svg.addEventListener('pointerover', (event) => show(of(event.target)));
	svg.addEventListener('pointerleave', () => show([]));
	svg.addEventListener('focusin', (event) => show(event.target.matches(':focus-visible') ? of(event.target) : []));
	svg.addEventListener('focusout', () => show([]));
	return (relation) => show(relation ? laid.edges.filter((e) => e.relation === relation) : []);
}

// ---- moving about ----

function viewOf(svg, content, laid) {
	let x = 0, y = 0, k = 1;
	let fitted = 'start'; // how it was made to fit: 'start', 'whole', or '' since somebody has moved it
	const apply = () => content.setAttribute('transform', `translate(${x} ${y}) scale(${k})`);
	const size = () => svg.getBoundingClientRect();
	const view = {
		pan(dx, dy) {
			x += dx;
			y += dy;
			fitted = '';
			apply();
		},
		// By a factor, around a point of the drawing area (its middle when none is given).
		zoom(factor, px = size().width / 2, py = size().height / 2) {
			const next = Math.min(scale.most, Math.max(scale.least, k * factor));

			x = px - ((px - x) * next) / k;
			y = py - ((py - y) * next) / k;
			k = next;
			fitted = '';
			apply();
		},
		// All of it when that can be read; otherwise as much as can be around where the graph starts.
		fit(whole = false, { width, height } = size()) {
			const all = Math.min(width / laid.width, height / laid.height);
			const root = laid.nodes.find((n) => n.depth === 0);

			fitted = whole ? 'whole' : 'start';
			k = Math.min(scale.first, whole ? all : Math.max(smallest, all));
			const middle = (room, extent, at) => (extent * k <= room ? (room - extent * k) / 2 : Math.min(0, Math.max(room - extent * k, room / 2 - at * k)));

			x = middle(width, laid.width, root ? root.x + root.w / 2 : laid.width / 2);
			y = middle(height, laid.height, root ? root.y + root.h / 2 : laid.height / 2);
			apply();
		},
		// Its room has changed: what was made to fit fits again, what somebody has moved stays.
		refit() {
			if (fitted)
				view.fit(fitted === 'whole');
		},
		// Brings a node that was reached with the keyboard into sight.
		reveal(node) {
			const { width, height } = size();
			const left = node.x * k + x, top = node.y * k + y, right = left + node.w * k, bottom = top + node.h * k;

			if (left >= 8 && right <= width - 8 && top >= 8 && bottom <= height - 8)
				return;
			view.pan(left < 8 ? 8 - left : right > width - 8 ? width - 8 - right : 0, top < 8 ? 8 - top : bottom > height - 8 ? height - 8 - bottom : 0);
		},
	};
	return view;
}

function byPointer(svg, view, free) {
	const held = new Map();
	let moved = false;

	svg.addEventListener('wheel', (event) => {
		if (!free && !event.ctrlKey && !event.metaKey)
			return;
		event.preventDefault();
		const box = svg.getBoundingClientRect();
		const lines = event.deltaMode === 1 ? 16 : 1;

		view.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - box.left, event.clientY - box.top);
	}, { passive: false });
	svg.addEventListener('pointerdown', (event) => {
		if (event.button)
			return;
		moved = held.size > 0;
		held.set(event.pointerId, { x: event.clientX, y: event.clientY, fromX: event.clientX, fromY: event.clientY });
	});
	svg.addEventListener('pointermove', (event) => {
		const p = held.get(event.pointerId);

		if (!p)
			return;
		if (!moved && Math.hypot(event.clientX - p.fromX, event.clientY - p.fromY) < 4)
			return;
		moved = true;
		svg.setPointerCapture(event.pointerId);
		const other = [...held].find(([id]) => id !== event.pointerId)?.[1];

		if (other) {
			const box = svg.getBoundingClientRect();
			const before = Math.hypot(p.x - other.x, p.y - other.y), now = Math.hypot(event.clientX - other.x, event.clientY - other.y);

			if (before > 0)
				view.zoom(now / before, (event.clientX + other.x) / 2 - box.left, (event.clientY + other.y) / 2 - box.top);
			view.pan((event.clientX - p.x) / 2, (event.clientY - p.y) / 2);
		} else {
			view.pan(event.clientX - p.x, event.clientY - p.y);
		}
		p.x = event.clientX;
		p.y = event.clientY;
	});
	for (const end of ['pointerup', 'pointercancel'])
		svg.addEventListener(end, (event) => held.delete(event.pointerId));
	// Who drags does not mean the node under the pointer.
	svg.addEventListener('click', (event) => {
		if (moved) {
			event.preventDefault();
			event.stopPropagation();
		}
		moved = false;
	}, true);
	svg.addEventListener('dragstart', (event) => event.preventDefault());
}

function byKeys(svg, view) {
	const step = 60;
	const keys = {
		'+': () => view.zoom(1.25), '=': () => view.zoom(1.25), '-': () => view.zoom(0.8), 0: () => view.fit(true),
		ArrowLeft: () => view.pan(step, 0), ArrowRight: () => view.pan(-step, 0), ArrowUp: () => view.pan(0, step), ArrowDown: () => view.pan(0, -step),
	};

	svg.addEventListener('keydown', (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key])
			return;
		event.preventDefault();
		keys[event.key]();
	});
}

let drawn = 0;

async function eachOf(list, make) {
	const out = [];

	for (const item of list) {
		out.push(make(item));
		if (out.length % 40 === 0)
			await pause();
	}
	return out;
}

/*
 * {svg, view, legend}: the drawing, to be put into the page before view.fit(), which measures its room unless it is told;
 * legend(relation) brings out the relations of that name, legend() none. free: the wheel zooms without a key held. icons: the
 * address of their file.
 */
export async function draw(laid, { square, free, label, icons }) {
	const arrow = `graph-arrow-${drawn++}`;
	const edgeEls = await eachOf(laid.edges, (e) => drawEdge(e, square ? 0 : 14, arrow, laid.said === 'full'));
	const nodeEls = await eachOf(laid.nodes, (n) => drawNode(n, icons));

	await pause();
	const content = make('g', {}, ...laid.groups.map(drawGroup), ...edgeEls, ...nodeEls);
	const svg = make('svg', { class: free ? 'graph-svg free' : 'graph-svg', role: 'group', tabindex: 0, 'aria-label': label }, make('defs', {}, arrowHead(arrow)), content);
	const view = viewOf(svg, content, laid);
	const legend = highlight(svg, laid, edgeEls, nodeEls);

	byPointer(svg, view, free);
	byKeys(svg, view);
	svg.addEventListener('focusin', (event) => {
		const node = event.target.matches(':focus-visible') && laid.nodes.find((n) => n.ref === event.target.dataset.node);

		if (node)
			view.reveal(node);
	});
	return { svg, view, legend };
}
