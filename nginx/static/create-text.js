// A text area that looks like an editor: numbers of lines, colours, marks where something is wrong, indenting by Tab.
// The text area itself stays what it is, so that undo, screen readers and phones work as everywhere.
import { colour } from './create-code.js';

const LONGEST_PAINTED = 100_000;

function insert(area, text) {
	// The old way is the only one that "undo" knows of.
	if (!document.execCommand('insertText', false, text)) area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
}

// The whole lines that are selected, as a range.
function selectedLines(area) {
	const { value, selectionStart: from, selectionEnd: to } = area;
	const start = value.lastIndexOf('\n', from - 1) + 1;
	const end = value.indexOf('\n', to > from && value[to - 1] === '\n' ? to - 1 : to);
	return [start, end < 0 ? value.length : end];
}

function indent(area, out) {
	const [start, end] = selectedLines(area);
	if (!out && area.selectionStart === area.selectionEnd) {
		insert(area, '  ');
		return;
	}
	const lines = area.value.slice(start, end).split('\n');
	const text = lines.map((line) => (out ? line.replace(/^ {1,2}/, '') : line && `  ${line}`)).join('\n');
	const { selectionStart: from } = area, single = lines.length === 1;
	area.setSelectionRange(start, end);
	insert(area, text);
	if (single) area.setSelectionRange(Math.max(start, from + text.length - (end - start)), Math.max(start, from + text.length - (end - start)));
	else area.setSelectionRange(start, start + text.length);
}

// A new line begins where the one before does, and deeper behind a colon.
function newLine(area) {
	const line = area.value.slice(area.value.lastIndexOf('\n', area.selectionStart - 1) + 1, area.selectionStart);
	insert(area, `\n${line.match(/^ */)[0]}${/:\s*$/.test(line) ? '  ' : ''}`);
}

export class TextEditor {
	constructor(box) {
		this.area = box.querySelector('textarea');
		this.gutter = document.createElement('div');
		this.gutter.className = 'gutter';
		this.gutter.setAttribute('aria-hidden', 'true');
		this.code = document.createElement('code');
		const pre = document.createElement('pre'), paper = document.createElement('div');
		pre.setAttribute('aria-hidden', 'true');
		pre.append(this.code);
		paper.className = 'paper';
		paper.append(pre, this.area);
		box.append(this.gutter, paper);
		box.classList.add('on');
		this.box = box;
		this.faults = new Map();
		this.language = 'yaml';
		this.writing = false;
		this.area.addEventListener('input', () => this.paint());
		this.area.addEventListener('keydown', (e) => this.key(e));
		this.area.addEventListener('pointerdown', () => { this.writing = true; });
		this.area.addEventListener('blur', () => { this.writing = false; });
		this.paint();
	}

	key(e) {
		// Whoever only comes by is let through: Tab indents for those who write.
		if (e.key === 'Escape') this.writing = false;
		else if (e.key !== 'Tab' && e.key !== 'Shift') this.writing = true;
		if (e.ctrlKey || e.metaKey || e.altKey || this.area.readOnly) return;
		if (e.key === 'Tab' && this.writing) {
			e.preventDefault();
			indent(this.area, e.shiftKey);
		} else if (e.key === 'Enter' && !e.isComposing) {
			e.preventDefault();
			newLine(this.area);
		}
	}

	get text() {
		return this.area.value;
	}

	// Another text: what was typed before cannot be undone into it.
	show(text, language, readOnly = false) {
		this.area.value = text;
		this.area.readOnly = readOnly;
		this.language = language;
		this.mark([]);
		this.area.setSelectionRange(0, 0);
		this.box.scrollTo(0, 0);
		this.paint();
	}

	paint() {
		const { value } = this.area;
		const lines = value.split('\n').length;
		if (lines !== this.lines) {
			this.lines = lines;
			this.gutter.replaceChildren(...Array.from({ length: lines }, (_, i) => this.number(i + 1)));
		}
		// A line break at the very end needs something behind it to have height.
		this.code.textContent = `${value}\n`;
		if (value.length < LONGEST_PAINTED) colour(this.code, this.language);
	}

	number(n) {
		const it = document.createElement('span'), why = this.faults.get(n);
		it.textContent = n;
		if (why) {
			it.className = 'bad';
			it.title = why;
		}
		return it;
	}

	mark(faults) {
		this.faults = new Map();
		for (const { line, message } of faults) if (line) this.faults.set(line, [this.faults.get(line), message].filter(Boolean).join('\n'));
		this.lines = 0;
		this.area.setAttribute('aria-invalid', this.faults.size > 0);
		this.paint();
	}

	goTo(line) {
		let at = 0;
		for (let i = 1; i < line; i++) at = this.area.value.indexOf('\n', at) + 1;
		const end = this.area.value.indexOf('\n', at);
		this.area.focus({ preventScroll: true });
		this.area.setSelectionRange(at, end < 0 ? this.area.value.length : end);
		const row = this.gutter.children[line - 1];
		if (row) this.box.scrollTo({ top: row.offsetTop - this.box.clientHeight / 3 });
	}

	// A block in the place of the line the cursor is in when that is empty, else below it, as deep as the line is.
	insertBlock(text) {
		const { area } = this, at = area.selectionStart;
		const start = area.value.lastIndexOf('\n', at - 1) + 1;
		const end = area.value.indexOf('\n', at) < 0 ? area.value.length : area.value.indexOf('\n', at);
		const line = area.value.slice(start, end);
		const deep = ' '.repeat(line.match(/^ */)[0].length + (/:\s*$/.test(line) ? 2 : 0));
		const block = text.trimEnd().split('\n').map((l) => deep + l).join('\n');
		area.focus();
		if (line.trim()) area.setSelectionRange(end, end);
		else area.setSelectionRange(start, end);
		insert(area, line.trim() ? `\n${block}` : block);
	}
}
