// What scripts of single pages say to callboard.js. It is not imported: its address has a mark of its content, and another address would
// be another module, with everything it listens to a second time.

export const toast = (text) => document.dispatchEvent(new CustomEvent('callboard:toast', { detail: text }));
// Shown as long as the promise is open; returns it.
export function progress(promise) {
	document.dispatchEvent(new CustomEvent('callboard:progress', { detail: promise }));
	return promise;
}
