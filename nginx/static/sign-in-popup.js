// Hands the result of a sign-in to the window of this portal that opened this one, and closes.
"use strict";
const result = document.getElementById("result");
if (window.opener && result) {
	// The browser delivers it to this portal's own pages only.
	window.opener.postMessage(JSON.parse(result.dataset.message), window.location.origin);
	window.close();
}
