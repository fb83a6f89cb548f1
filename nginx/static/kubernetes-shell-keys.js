// What a key says to a terminal (xterm's sequences).
const ESC = '\u001b';
const arrows = { ArrowUp: 'A', ArrowDown: 'B', ArrowRight: 'C', ArrowLeft: 'D', Home: 'H', End: 'F' };
const numbered = { Insert: 2, Delete: 3, PageUp: 5, PageDown: 6, F5: 15, F6: 17, F7: 18, F8: 19, F9: 20, F10: 21, F11: 23, F12: 24 };
const first = { F1: 'P', F2: 'Q', F3: 'R', F4: 'S' };
const plain = { Enter: '\r', Escape: ESC, Tab: '\t', Backspace: '\u007f' };
const odd = { ' ': '\0', '@': '\0', '[': ESC, '\\': '\u001c', ']': '\u001d', '^': '\u001e', _: '\u001f', '?': '\u007f' };

const modifiers = (e) => 1 + (e.shiftKey ? 1 : 0) + (e.altKey ? 2 : 0) + (e.ctrlKey ? 4 : 0);

function control(key) {
	if (/^[a-z]$/i.test(key)) return String.fromCharCode(key.toUpperCase().charCodeAt(0) - 64);
	return odd[key];
}

/** The bytes of a key that is not simply text; undefined: the browser is to deal with it. */
export function keySequence(e, modes) {
	const { key } = e, m = modifiers(e);
	if (e.metaKey) return undefined;
	if (key in arrows) return m > 1 ? `${ESC}[1;${m}${arrows[key]}` : `${ESC}${modes.applicationCursorKeysMode ? 'O' : '['}${arrows[key]}`;
	if (key in first) return m > 1 ? `${ESC}[1;${m}${first[key]}` : `${ESC}O${first[key]}`;
	if (key in numbered) return `${ESC}[${numbered[key]}${m > 1 ? `;${m}` : ''}~`;
	if (key === 'Tab' && e.shiftKey) return `${ESC}[Z`;
	if (key === 'Backspace' && e.ctrlKey) return '\b';
	if (key in plain) return (e.altKey ? ESC : '') + plain[key];
	// What some keyboards write with Alt and Ctrl together is text.
	if (key.length !== 1 || e.getModifierState?.('AltGraph') || (e.ctrlKey && e.altKey)) return undefined;
	if (e.ctrlKey) return control(key);
	return e.altKey ? ESC + key : undefined;
}
