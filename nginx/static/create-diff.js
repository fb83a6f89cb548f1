// What differs between two texts, line by line.

const MOST = 4000; // changed lines in all; beyond that the two have nothing to do with each other

// Myers' shortest edit: [[' ' | '-' | '+', line]]. NULL when the texts differ too much to be worth comparing.
export function diff(before, after) {
	const a = before.split('\n'), b = after.split('\n');
	let head = 0, tail = 0;
	while (head < a.length && head < b.length && a[head] === b[head]) head++;
	while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
	const x = a.slice(head, a.length - tail), y = b.slice(head, b.length - tail);
	const middle = edits(x, y);
	if (!middle) return null;
	const same = (line) => [' ', line];
	return [...a.slice(0, head).map(same), ...middle, ...a.slice(a.length - tail).map(same)];
}

function edits(a, b) {
	const most = Math.min(a.length + b.length, MOST), trace = [];
	let v = new Map([[1, 0]]);
	for (let d = 0; d <= most; d++) {
		const next = new Map(v);
		for (let k = -d; k <= d; k += 2) {
			let x = k === -d || (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1)) ? v.get(k + 1) : v.get(k - 1) + 1;
			while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
			next.set(k, x);
			if (x >= a.length && x - k >= b.length) return walk(a, b, [...trace, v], d);
		}
		trace.push(v);
		v = next;
		if (d * trace.length > 2_000_000) return null;
	}
	return null;
}

function walk(a, b, trace, d) {
	const out = [];
	let x = a.length, y = b.length;
	for (; d > 0; d--) {
		const v = trace[d], k = x - y;
		const down = k === -d || (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1));
		const from = down ? k + 1 : k - 1, px = v.get(from), py = px - from;
		while (x > px && y > py && x > 0 && y > 0 && a[x - 1] === b[y - 1]) { out.push([' ', a[--x]]); y--; }
		if (down) out.push(['+', b[--y]]);
		else out.push(['-', a[--x]]);
	}
	while (x > 0) out.push([' ', a[--x]]);
	return out.reverse();
}

const AROUND = 3;

// The differences with the lines around them, as an element; what is alike in between is only counted.
export function diffView(before, after) {
	const lines = diff(before, after), box = document.createElement('pre');
	box.className = 'diff';
	if (!lines) {
		box.textContent = 'The two have too little in common to be compared.';
		return box;
	}
	const near = lines.map(() => false);
	lines.forEach(([mark], i) => { if (mark !== ' ') for (let k = Math.max(0, i - AROUND); k <= Math.min(lines.length - 1, i + AROUND); k++) near[k] = true; });
	let left = 0;
	const tellLeft = () => {
		if (left) box.append(row('skipped', `${left} ${left === 1 ? 'line' : 'lines'} alike`));
		left = 0;
	};
	lines.forEach(([mark, line], i) => {
		if (!near[i]) { left++; return; }
		tellLeft();
		box.append(row({ '+': 'added', '-': 'removed', ' ': '' }[mark], `${mark} ${line}`));
	});
	tellLeft();
	return box;
}

function row(kind, text) {
	const it = document.createElement('span');
	it.className = kind;
	it.textContent = `${text}\n`;
	return it;
}
