export const id=851,ids=[851],modules={60851:((z,m,p)=>{p.d(m,{renderHtml:()=>u});function a(t){return t.replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}const g=`
:root{color-scheme:light dark;--ground:#fff;--panel:#f6f8fa;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--pass:#1a7f37;--warn:#8a5a00;--fail:#c5221f;--info:#0969da}
@media(prefers-color-scheme:dark){:root{--ground:#0d1117;--panel:#151b23;--ink:#f0f6fc;--soft:#9198a1;--line:#3d444d;--pass:#4ac26b;--warn:#e0a93a;--fail:#ff8182;--info:#58a6ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:960px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 12px}
h2,summary{font-size:18px;font-weight:600}
h2{margin:0 0 12px}
.verdict{display:flex;gap:10px;align-items:baseline;padding:12px 16px;border:1px solid currentColor;border-radius:8px;font-weight:600;overflow-wrap:anywhere}
.lead{color:var(--soft);margin:12px 0 0}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0 0;padding:0}
.fact{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.fact dt{color:var(--soft);font-size:13px}
.fact dd{margin:2px 0 0;font-size:20px;font-weight:600;overflow-wrap:anywhere}
.fact dd.note{font-size:13px;font-weight:400;color:var(--soft)}
section,details{margin-top:32px;border-top:1px solid var(--line);padding-top:20px}
summary{cursor:pointer}
details>:nth-child(2){margin-top:12px}
.table{overflow-x:auto;margin:12px 0}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding-bottom:6px}
th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{color:var(--soft);font-weight:600;font-size:13px}
.right{text-align:right}
code,pre{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,monospace}
pre{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px;overflow-x:auto}
figure{margin:16px 0}
figcaption{font-weight:600;margin-bottom:2px}
figure p{color:var(--soft);font-size:13px;margin:0 0 6px}
figure svg{display:block;width:100%;height:auto;max-width:720px}
.pass{color:var(--pass)}.warn{color:var(--warn)}.fail{color:var(--fail)}.info{color:var(--info)}
a{color:var(--info)}
footer{margin-top:40px;border-top:1px solid var(--line);padding-top:12px;color:var(--soft);font-size:13px;overflow-wrap:anywhere}
footer p{margin:2px 0}
@media print{details>summary{list-style:none}main{max-width:none}}
`.trim(),x={pass:"\u2713",warn:"!",fail:"\u2717",info:"i"},h={pass:"passed",warn:"warning",fail:"failed",info:"information"};async function u(t){const n=t.sections.some(({blocks:s})=>s.some(({kind:f})=>f==="chart"))?(await Promise.all([p.e(974),p.e(8048)]).then(p.bind(p,88048))).chartSvg:()=>"",{title:e,verdict:o,lead:r,facts:i=[],sections:d,footer:l=[]}=t;return["<!doctype html>",'<html lang="en">',"<head>",'<meta charset="utf-8">','<meta name="viewport" content="width=device-width, initial-scale=1">',`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`,`<title>${a(e)}</title>`,`<style>${g}</style>`,"</head>","<body>","<main>",`<h1>${a(e)}</h1>`,...o?[`<div class="verdict ${o.state}">${c(o.state)}<span>${a(o.text)}</span></div>`]:[],...r?[`<p class="lead">${a(r)}</p>`]:[],...i.length>0?[`<dl class="facts">${i.map($).join("")}</dl>`]:[],...d.map(s=>v(s,n)),...l.length>0?[`<footer>${l.map(s=>`<p>${a(s)}</p>`).join("")}</footer>`]:[],"</main>","</body>","</html>",""].join(`
`)}function c(t){return`<span role="img" aria-label="${h[t]}">${x[t]}</span>`}function $({label:t,value:n,note:e,state:o}){const r=o?`<span class="${o}">${a(n)}</span>`:a(n);return`<div class="fact"><dt>${a(t)}</dt><dd>${r}</dd>${e?`<dd class="note">${a(e)}</dd>`:""}</div>`}function v({title:t,collapsed:n,blocks:e},o){const r=e.map((i,d)=>b(i,o,`${t}, ${d+1}`)).join(`
`);return n?`<details><summary>${a(t)}</summary>
${r}
</details>`:`<section><h2>${a(t)}</h2>
${r}
</section>`}function b(t,n,e){switch(t.kind){case"text":return`<p>${t.state?`<span class="${t.state}">${c(t.state)}</span> `:""}${a(t.text)}</p>`;case"list":return`<ul>${t.items.map(o=>`<li>${a(o)}</li>`).join("")}</ul>`;case"code":return`<pre tabindex="0">${a(t.text)}</pre>`;case"table":return y(t,e);case"chart":return w(t,n)}}function w({title:t,description:n,chart:e},o){const r=o(e).replace("<svg ",`<svg role="img" aria-label="${a(n)}" `);return`<figure><figcaption>${a(t)}</figcaption><p>${a(n)}</p>${r}</figure>`}function y({caption:t,columns:n,rows:e},o){const r=l=>n[l]?.align==="right"?' class="right"':"",i=n.map(({label:l},s)=>l===""?`<td${r(s)}></td>`:`<th scope="col"${r(s)}>${a(l)}</th>`),d=e.map(l=>`<tr>${l.map((s,f)=>`<td${r(f)}>${H(s)}</td>`).join("")}</tr>`);return`<div class="table" tabindex="0" role="region" aria-label="${a(t??o)}"><table>${t?`<caption>${a(t)}</caption>`:""}<thead><tr>${i.join("")}</tr></thead><tbody>${d.join(`
`)}</tbody></table></div>`}function H(t){if(typeof t=="string")return a(t);const{text:n,state:e,code:o,href:r}=t;let i=o?`<code>${a(n)}</code>`:a(n);return e&&n===e&&(i=c(e)),r&&/^https?:\/\//.test(r)&&(i=`<a href="${a(r)}">${i}</a>`),e?`<span class="${e}">${i}</span>`:i}})};
