// Where everything of a graph goes: sizes of nodes, groups of alike ones, and the layout, which elkjs makes in a worker.

const engine = '/static/vendor/elkjs-0.12.1/elk-worker.min.js';
const directions = { LR: 'RIGHT', RL: 'LEFT', TB: 'DOWN', BT: 'UP' };

export const fonts = { title: 13, small: 11 };
const widest = 190;
const cell = { height: 28, gap: 4 };
const labelsMost = 60; // above that, relation names are shown on request only
export const readable = 0.7; // how small a drawing may be before it says less
const alikeLeast = 4;

// ---- texts ----

// To have a browser measure costs more than all else here, so each letter is measured once; what letters do to their
// neighbours is less than a box's margin.
const pens = new Map();

function penOf(size, weight) {
	const key = `${weight} ${size}px`;

	if (!pens.has(key)) {
		const pen = document.createElement('canvas').getContext('2d');

		pen.font = `${key} ${getComputedStyle(document.body).fontFamily}`;
		pens.set(key, { pen, known: new Map() });
	}
	return pens.get(key);
}

export function textWidth(text, size, weight = 400) {
	const { pen, known } = penOf(size, weight);
	let width = 0;

	for (const letter of text) {
		let w = known.get(letter);

		if (w === undefined)
			known.set(letter, (w = pen.measureText(letter).width));
		width += w;
	}
	return width;
}

// The longest start of text that is at most width wide.
function fitting(text, width, size, weight) {
	let low = 0, high = text.length;

	while (low < high) {
		const middle = (low + high + 1) >> 1;

		if (textWidth(text.slice(0, middle), size, weight) <= width)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

// text in at most `lines` lines, broken where names have joints, the rest cut off.
export function wrap(text, lines, width, size, weight) {
	const out = [];
	let rest = text;

	while (rest && textWidth(rest, size, weight) > width && out.length < lines - 1) {
		let at = fitting(rest, width, size, weight);
		const joint = Math.max(...[' ', '-', '_', '.', '/'].map((c) => rest.lastIndexOf(c, at - 1)));

		if (joint > at / 3)
			at = joint + 1;
		out.push(rest.slice(0, at).trimEnd());
		rest = rest.slice(at);
	}
	if (textWidth(rest, size, weight) > width)
		rest = rest.slice(0, fitting(rest, width - 12, size, weight)) + '…';
	out.push(rest);
	return out;
}

// ---- nodes and groups ----

function sized(node) {
	const lines = wrap(node.title, 2, widest, fonts.title, 600);
	const sub = wrap(node.type ? `${node.kind} · ${node.type}` : node.kind, 1, widest, fonts.small, 400);
	const text = Math.max(...lines.map((l) => textWidth(l, fonts.title, 600)), textWidth(sub[0], fonts.small));

	return { ...node, lines, sub: sub[0], w: Math.ceil(text) + 46, h: 22 + 16 * lines.length };
}

// Nodes that have the same relations with the same others are drawn as one group.
function groups(data) {
	const signs = new Map(data.nodes.map((n) => [n.ref, []]));
	const alike = new Map();

	for (const e of data.edges) {
		signs.get(e.from).push(`>${e.relation} ${e.to}`);
		signs.get(e.to).push(`<${e.relation} ${e.from}`);
	}
	for (const n of data.nodes) {
		const sign = signs.get(n.ref).sort().join('\n');

		if (n.depth === 0 || !sign)
			continue;
		alike.set(sign, [...(alike.get(sign) ?? []), n]);
	}
	return [...alike.values()].filter((list) => list.length >= alikeLeast);
}

function sizedGroup(list, id, flat) {
	const columns = flat ? Math.ceil(Math.sqrt(list.length / 1.5)) : Math.ceil(list.length / 12);
	const rows = Math.ceil(list.length / columns);
	// A language's own order would be read from the disk first.
	const sign = (n) => `${n.kind} ${n.title}`.toLowerCase();
	const items = [...list].sort((a, b) => (sign(a) > sign(b)) - (sign(a) < sign(b))).map((n) => {
		const line = wrap(n.title, 1, widest, fonts.title, 400)[0];

		return { ...n, lines: [line], sub: '', h: cell.height, w: Math.ceil(textWidth(line, fonts.title)) + 38 };
	});
	const kinds = new Map();

	for (const { kind } of items)
		kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
	const head = wrap([...kinds].map(([kind, n]) => `${kind} ${n}`).join(' · '), 1, 2 * widest, fonts.small)[0];
	const width = Math.ceil(Math.max(110, textWidth(head, fonts.small) / columns + 8, ...items.map((i) => i.w)));

	items.forEach((item, i) => {
		item.w = width;
		item.dx = 8 + Math.floor(i / rows) * (width + cell.gap);
		item.dy = 24 + (i % rows) * (cell.height + cell.gap);
	});
	return {
		id,
		items,
		head,
		w: 16 + columns * (width + cell.gap) - cell.gap,
		h: 32 + rows * (cell.height + cell.gap) - cell.gap,
	};
}

// ---- the worker ----

let worker, asked = 0;
const waiting = new Map();

function ask(message) {
	if (!worker) {
		worker = new Worker(engine);
		worker.onmessage = ({ data }) => {
			const { resolve, reject } = waiting.get(data.id) ?? {};

			waiting.delete(data.id);
			if (data.error)
				reject?.(new Error(data.error.message ?? 'layout failed'));
			else
				resolve?.(data.data);
		};
		worker.onerror = () => {
			for (const { reject } of waiting.values())
				reject(new Error('the layout engine cannot be loaded'));
			waiting.clear();
			worker = null;
		};
		ask({ cmd: 'register', algorithms: ['layered'] }).catch(() => {});
	}
	const id = asked++;

	worker.postMessage({ ...message, id });
	return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

// Starts the engine, so that it is there when the data is.
export function prepare() {
	ask({ cmd: 'algorithms' }).catch(() => {});
}

// Lets the browser do what waits: nothing here may hold it up.
export const pause = () => globalThis.scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve));

// ---- the layout ----

const options = (direction) => ({
	'elk.algorithm': 'layered',
	'elk.direction': directions[direction] ?? 'RIGHT',
	'elk.edgeRouting': 'ORTHOGONAL',
	'elk.layered.mergeEdges': 'true',
	'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
	'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
	'elk.layered.spacing.nodeNodeBetweenLayers': '28',
	'elk.layered.spacing.edgeNodeBetweenLayers': '16',
	'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
	'elk.spacing.nodeNode': '14',
	'elk.spacing.edgeNode': '12',
	'elk.spacing.edgeEdge': '8',
	'elk.spacing.componentComponent': '32',
	'elk.padding': '[top=16,left=16,bottom=16,right=16]',
});

const labelOf = (e) => (e.inverseWords ? `${e.words} / ${e.inverseWords}` : e.words);
const labels = { full: (e) => e.label, short: (e) => e.words, none: null };

// Edges between boxes (nodes or groups), each relation once.
function boxEdges(data, boxOf) {
	const edges = new Map();

	for (const e of data.edges) {
		const key = `${boxOf.get(e.from)} ${e.relation} ${boxOf.get(e.to)}`;
		const edge = edges.get(key) ?? { ...e, source: boxOf.get(e.from), target: boxOf.get(e.to), label: labelOf(e), ends: [] };

		edge.ends.push(e.from, e.to);
		edges.set(key, edge);
	}
	return [...edges.values()];
}

function elkEdge(edge, i, label) {
	const inline = { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' };
	const width = label && Math.ceil(textWidth(label(edge), fonts.small)) + 10;

	return {
		id: `e${i}`,
		sources: [edge.source],
		targets: [edge.target],
		labels: label ? [{ id: `l${i}`, text: label(edge), width, height: 16, layoutOptions: inline }] : [],
	};
}

function pathOf(edge) {
	return (edge.sections ?? []).map((s) => [s.startPoint, ...(s.bendPoints ?? []), s.endPoint]);
}

function layout(boxes, edges, label, direction) {
	return ask({
		cmd: 'layout',
		graph: {
			id: 'graph',
			layoutOptions: options(direction),
			children: boxes.map((b) => ({ id: b.id ?? b.ref, width: b.w, height: b.h })),
			edges: edges.map((e, i) => elkEdge(e, i, label)),
		},
		layoutOptions: {},
		options: {},
	});
}

// With as much said at the edges as leaves the whole readable in the room there is.
async function fittingLayout(boxes, edges, direction, room) {
	let laid;

	for (const said of edges.length > labelsMost ? ['none'] : ['full', 'short', 'none']) {
		laid = { ...(await layout(boxes, edges, labels[said], direction)), said };
		if (Math.min(room.width / laid.width, room.height / laid.height) >= readable)
			break;
	}
	return laid;
}

/*
 * {nodes, groups, edges, width, height, said}: nodes with x, y, w, h, lines and sub, also those within groups; edges with paths
 * (lists of points) and, where said is "full" (both names) or "short", x, y, w, h of their label. room: {width, height} that it
 * will be looked at in.
 */
export async function arrange(data, direction, room) {
	const boxOf = new Map(data.nodes.map((n) => [n.ref, n.ref]));
	const bundles = [];

	for (const list of groups(data)) {
		const g = sizedGroup(list, `group ${bundles.length}`, direction === 'TB' || direction === 'BT');

		for (const item of g.items)
			boxOf.set(item.ref, g.id);
		bundles.push(g);
		await pause();
	}
	const alone = data.nodes.filter((n) => boxOf.get(n.ref) === n.ref).map(sized);

	await pause();
	const edges = boxEdges(data, boxOf);
	const laid = await fittingLayout([...alone, ...bundles], edges, direction, room);
	const at = new Map(laid.children.map((c) => [c.id, c]));

	for (const box of [...alone, ...bundles])
		Object.assign(box, { x: at.get(box.id ?? box.ref).x, y: at.get(box.id ?? box.ref).y });
	laid.edges.forEach((e, i) => {
		const label = e.labels?.[0];

		Object.assign(edges[i], { paths: pathOf(e) }, label ? { x: label.x, y: label.y, w: label.width, h: label.height } : {});
	});
	const inner = bundles.flatMap((g) => g.items.map((i) => ({ ...i, x: g.x + i.dx, y: g.y + i.dy })));

	return { nodes: [...alone, ...inner], groups: bundles, edges, width: laid.width, height: laid.height, said: laid.said };
}
