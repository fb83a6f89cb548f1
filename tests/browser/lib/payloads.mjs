// What a hostile author writes into a catalog file. Each calls canary() when it runs; "xss-" names what it would be parsed as.

// Markup, by the place that it hopes to break out of.
const markup = [
	'<script>canary()</script>',
	'<ScRiPt src="data:,canary()"></sCrIpT>',
	'<img src=x onerror=canary() class=xss-img>',
	'<svg onload=canary() class=xss-svg>',
	'<svg><script>canary()</script></svg>',
	'<svg><animate onbegin=canary() attributeName=x dur=1s class=xss-animate>',
	'<details open ontoggle=canary() class=xss-details><summary>x</summary></details>',
	'<input autofocus onfocus=canary() class=xss-input>',
	'<iframe srcdoc="<script>parent.canary()</script>" class=xss-frame></iframe>',
	'<iframe src="javascript:parent.canary()" class=xss-frame></iframe>',
	'<object data="javascript:canary()" class=xss-object></object>',
	'<math><mtext><table><mglyph><style><img src=x onerror=canary() class=xss-img></style></mglyph></table></mtext></math>',
	'<form action="javascript:canary()" class=xss-form><button class=xss-button>Go</button></form>',
	'<base href="https://evil.example/" class=xss-base>',
	'<meta http-equiv=refresh content="0;url=javascript:canary()" class=xss-meta>',
	'<link rel=stylesheet href="https://evil.example/x.css" class=xss-link>',
	'<style class=xss-style>*{background:url("https://evil.example/x")}</style>',
	'<marquee onstart=canary() class=xss-marquee>x</marquee>',
	'<body onload=canary()>',
	'<template class=xss-template><script>canary()</script></template>',
	'"><img src=x onerror=canary() class=xss-img>',
	"'><img src=x onerror=canary() class=xss-img>",
	'" onmouseover=canary() autofocus onfocus=canary() x="',
	"' onmouseover=canary() autofocus onfocus=canary() x='",
	'` onmouseover=canary() x=`',
	'</title><script>canary()</script>',
	'</textarea><script>canary()</script>',
	'</script><script>canary()</script>',
	'</style><script>canary()</script>',
	'</code></pre><img src=x onerror=canary() class=xss-img>',
	'--><img src=x onerror=canary() class=xss-img><!--',
	']]><img src=x onerror=canary() class=xss-img>',
	'<<img src=x onerror=canary() class=xss-img//>',
	'&lt;img src=x onerror=canary() class=xss-img&gt;',
	'&#60;img src=x onerror=canary() class=xss-img&#62;',
	'\\u003cimg src=x onerror=canary() class=xss-img\\u003e',
	'{{ "<img src=x onerror=canary() class=xss-img>" | safe }}',
	'{% raw %}<img src=x onerror=canary() class=xss-img>{% endraw %}',
	"{{ range.constructor('canary()')() }}",
	'${canary()} #{canary()} <%= canary() %>',
	'[x](javascript:canary()) ![x](x" onerror="canary())',
];
// Addresses.
const addresses = [
	'javascript:canary()',
	'JaVaScRiPt:canary()',
	' javascript:canary()',
	'java\tscript:canary()',
	'javascript://example.test/%0acanary()',
	'\u0001javascript:canary()',
	'data:text/html,<script>canary()</script>',
	'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="canary()"/>',
	'vbscript:canary()',
	'https://example.test/" onmouseover="canary()" x="',
	"https://example.test/' onmouseover='canary()' x='",
	'//evil.example/x',
	'/\\evil.example/x',
	'blob:http://evil.example/x',
];

export const payloads = [...markup, ...addresses];
export { addresses };

// n lists that have each payload once.
export function parts(n, of = payloads) {
	return Array.from({ length: n }, (_, i) => of.filter((_, k) => k % n === i));
}
