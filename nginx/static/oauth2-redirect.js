// Tells the page whose frame opened this window what the sign-in server said. Only pages of this portal hear it.
const said = /code|token|error/.test(location.hash) ? location.hash.slice(1).replace('?', '&') : location.search.slice(1);
const channel = new BroadcastChannel('callboard-oauth');

channel.postMessage(Object.fromEntries(new URLSearchParams(said)));
channel.close();
history.replaceState(null, '', location.pathname);
window.close();
