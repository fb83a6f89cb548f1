// A GraphQL schema to read: operations first, then types by kind, every type a link.

import { parse } from '/static/vendor/graphql-16.15.0/language/parser.mjs';

const kinds = [
	['Object', 'Types'], ['InputObject', 'Inputs'], ['Interface', 'Interfaces'], ['Union', 'Unions'], ['Enum', 'Enums'],
	['Scalar', 'Scalars'],
];
const builtIn = new Set(['ID', 'Int', 'Float', 'String', 'Boolean']);

function el(name, className, ...children) {
	const node = document.createElement(name);

	if (className)
		node.className = className;
	node.append(...children);
	return node;
}

const idOf = (name) => `type-${name}`;

// [Invoice!]! with the name as a link.
function typeLink(type) {
	if (type.kind === 'NonNullType')
		return [...typeLink(type.type), '!'];
	if (type.kind === 'ListType')
		return ['[', ...typeLink(type.type), ']'];
	const name = type.name.value;

	if (builtIn.has(name))
		return [name];
	const a = el('a', '', name);

	a.href = `#${idOf(name)}`;
	return [a];
}

function valueText(value) {
	if (value.kind === 'ListValue')
		return `[${value.values.map(valueText).join(', ')}]`;
	if (value.kind === 'ObjectValue')
		return `{${value.fields.map((f) => `${f.name.value}: ${valueText(f.value)}`).join(', ')}}`;
	if (value.kind === 'StringValue')
		return JSON.stringify(value.value);
	return value.kind === 'NullValue' ? 'null' : String(value.value ?? value.name?.value);
}

function argument(a) {
	return [`${a.name.value}: `, ...typeLink(a.type), ...(a.defaultValue ? [` = ${valueText(a.defaultValue)}`] : [])];
}

function deprecation(directives) {
	const found = directives?.find((d) => d.name.value === 'deprecated');
	const reason = found?.arguments?.find((a) => a.name.value === 'reason');

	return found ? [' ', el('span', 'badge warn', reason ? `deprecated: ${valueText(reason.value)}` : 'deprecated')] : [];
}

const about = (node) => (node.description ? [el('p', 'muted small', node.description.value)] : []);

function field(f) {
	const args = (f.arguments ?? []).flatMap((a, i) => [i ? ', ' : '', ...argument(a)]);
	const type = f.type ? [': ', ...typeLink(f.type)] : [];
	const value = f.defaultValue ? [` = ${valueText(f.defaultValue)}`] : [];
	const line = el('code', '', el('strong', '', f.name.value), ...(args.length ? ['(', ...args, ')'] : []), ...type, ...value);

	return el('li', '', line, ...deprecation(f.directives), ...about(f));
}

function type(node, title) {
	const section = el('section', 'api-type', el('h2', '', title));
	const implied = (node.interfaces ?? []).flatMap((i, n) => [n ? ', ' : ' implements ', ...typeLink({ kind: 'NamedType', name: i.name })]);

	section.id = idOf(node.name.value);
	section.dataset.words = [node.name.value, ...(node.fields ?? node.values ?? []).map((f) => f.name.value)].join(' ').toLowerCase();
	section.firstChild.append(...implied, ...deprecation(node.directives));
	section.append(...about(node));
	const items = node.fields ?? node.values ?? [];

	if (items.length)
		section.append(el('ul', '', ...items.map(field)));
	if (node.types?.length)
		section.append(el('p', '', ...node.types.flatMap((t, i) => [i ? ' | ' : '', ...typeLink(t)])));
	return section;
}

// Extensions count as parts of what they extend.
function definitions(document) {
	const found = new Map();

	for (const d of document.definitions) {
		const kind = d.kind.replace(/Type(Definition|Extension)$/, '');

		if (!d.name || !/Type(Definition|Extension)$/.test(d.kind))
			continue;
		const known = found.get(d.name.value);
		const join = (key) => (known?.[key] || d[key] ? [...(known?.[key] ?? []), ...(d[key] ?? [])] : undefined);

		found.set(d.name.value, { ...d, ...known, of: known?.of ?? kind, fields: join('fields'), values: join('values'), types: join('types') });
	}
	return found;
}

function roots(document) {
	const names = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' };

	for (const d of document.definitions)
		for (const o of d.kind === 'SchemaDefinition' ? d.operationTypes : [])
			names[o.operation] = o.type.name.value;
	return [['Queries', names.query], ['Mutations', names.mutation], ['Subscriptions', names.subscription]];
}

function contents(groups) {
	return el('nav', 'api-contents', ...groups.flatMap(([title, nodes]) => [
		el('h2', '', `${title} `, el('span', 'count', String(nodes.length))),
		el('ul', '', ...nodes.map((n) => el('li', '', typeLink({ kind: 'NamedType', name: n.name })[0]))),
	]));
}

function search(sections) {
	const input = el('input', '');

	input.type = 'search';
	input.placeholder = 'Filter types and fields';
	input.setAttribute('aria-label', input.placeholder);
	input.addEventListener('input', () => {
		const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);

		for (const s of sections)
			s.hidden = !words.every((w) => s.dataset.words.includes(w));
	});
	return input;
}

// The element that shows the schema; throws when the text is none.
export function explorer(text) {
	const document = parse(text, { noLocation: true }), all = definitions(document);
	const operations = roots(document).filter(([, name]) => all.has(name)).map(([title, name]) => [title, all.get(name)]);
	const own = new Set(operations.map(([, node]) => node));
	const groups = kinds.map(([kind, title]) => [title, [...all.values()].filter((d) => d.of === kind && !own.has(d))]).filter(([, list]) => list.length);
	const sections = [
		...operations.map(([title, node]) => type(node, title)),
		...groups.flatMap(([, list]) => list.map((node) => type(node, node.name.value))),
	];
	const nav = contents([['Operations', operations.map(([, node]) => node)], ...groups].filter(([, list]) => list.length));

	nav.prepend(search(sections));
	nav.setAttribute('aria-label', 'Types');
	return el('div', 'api-schema', nav, el('div', 'api-types', ...sections));
}
