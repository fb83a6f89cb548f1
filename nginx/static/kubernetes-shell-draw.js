// The rows of a terminal as text with classes: no style stands in the page.
const colours = { p16: 16 };

// Numbers 16 to 255 of the palette: a cube of six steps, then greys.
function shade(n) {
	if (n >= 232) return `rgb(${Array(3).fill(8 + (n - 232) * 10)})`;
	const step = (v) => (v ? 55 + v * 40 : 0), at = n - 16;
	return `rgb(${step(Math.floor(at / 36))},${step(Math.floor(at / 6) % 6)},${step(at % 6)})`;
}
const rgb = (n) => `rgb(${n >> 16},${(n >> 8) & 255},${n & 255})`;

// {name, tone}: a class of the theme's colours, or any other colour.
function colour(cell, what) {
	const n = what === 'fg' ? cell.getFgColor() : cell.getBgColor();
	if (what === 'fg' ? cell.isFgDefault() : cell.isBgDefault()) return {};
	if (what === 'fg' ? cell.isFgRGB() : cell.isBgRGB()) return { tone: rgb(n) };
	return n < colours.p16 ? { name: n } : { tone: shade(n) };
}

function look(cell, cursor) {
	const fg = colour(cell, 'fg'), bg = colour(cell, 'bg'), names = [], tones = [];
	if (cell.isBold()) names.push('bold');
	if (cell.isItalic()) names.push('it');
	if (cell.isDim()) names.push('dim');
	if (cell.isUnderline()) names.push('un');
	if (cell.isStrikethrough()) names.push('st');
	if (cell.getWidth() === 2) names.push('wide');
	if (cell.isInverse()) names.push('turned');
	else {
		if (bg.name !== undefined) names.push(`g${bg.name}`, 'ground');
		if (bg.tone) { names.push('ground'); tones.push(['--g', bg.tone]); }
		if (fg.name !== undefined) names.push(`f${fg.name}`);
		if (fg.tone) { names.push('tone'); tones.push(['--tone', fg.tone]); }
	}
	if (cursor) names.push('cursor');
	return { names: names.join(' '), tones };
}

function piece(text, { names, tones }) {
	if (!names) return document.createTextNode(text);
	const span = document.createElement(names.includes('bold') ? 'b' : 'span');
	span.className = names.replace(/\bbold ?/, '').trim();
	for (const [name, value] of tones) span.style.setProperty(name, value);
	span.textContent = text;
	return span;
}

/** Draws one line; cursor: the column it stands on, or -1. */
export function drawLine(row, line, columns, cursor, cell) {
	const out = [];
	let text = '', now, last = 0;
	for (let x = 0; x < columns; x++) if (line?.getCell(x, cell) && (cell.getChars() || !cell.isBgDefault() || cell.isInverse())) last = x + 1;
	for (let x = 0; line && x < Math.max(last, cursor + 1); x++) {
		line.getCell(x, cell);
		if (!cell.getWidth()) continue;
		const is = look(cell, x === cursor), key = is.names + is.tones;
		if (now && (now.key !== key || cell.getWidth() === 2)) {
			out.push(piece(text, now));
			text = '';
		}
		now = { ...is, key };
		text += cell.getChars() || ' ';
	}
	if (now) out.push(piece(text, now));
	row.replaceChildren(...out);
}
