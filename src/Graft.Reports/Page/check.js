(function () {
  var box = document.getElementById('box'), text = box.querySelector('textarea'), count = box.querySelector('b');
  var marks = Array.from(document.querySelectorAll('.mark')), reasons = new Map(), chosen = new Set();
  box.hidden = false;
  marks.forEach(function (mark) {
    if (!reasons.has(mark.dataset.path)) reasons.set(mark.dataset.path, mark.dataset.why);
  });
  function field(value) { return /[",\r\n]|^\s|\s$/.test(value) ? '"' + value.replaceAll('"', '""') + '"' : value; }
  function list() {
    return 'path,reason\n' + Array.from(chosen).sort().map(function (path) { return field(path) + ',' + field(reasons.get(path)) + '\n'; }).join('');
  }
  function show() {
    marks.forEach(function (mark) { mark.setAttribute('aria-pressed', chosen.has(mark.dataset.path) ? 'true' : 'false'); });
    box.toggleAttribute('data-empty', chosen.size === 0);
    count.textContent = chosen.size === 0 ? 'Click images to leave them out.' : chosen.size + (chosen.size === 1 ? ' image' : ' images') + ' to leave out';
    text.value = list();
    box.querySelectorAll('button.needs').forEach(function (button) { button.disabled = chosen.size === 0; });
  }
  function on(id, action) { document.getElementById(id).addEventListener('click', action); }
  document.addEventListener('click', function (event) {
    var mark = event.target.closest('.mark');
    if (!mark) return;
    if (!chosen.delete(mark.dataset.path)) chosen.add(mark.dataset.path);
    show();
  });
  on('suggested', function () {
    marks.forEach(function (mark) { if (mark.dataset.out) chosen.add(mark.dataset.path); });
    show();
  });
  on('clear', function () { chosen.clear(); show(); });
  on('copy', function () {
    function old() { text.select(); document.execCommand('copy'); }
    if (navigator.clipboard) navigator.clipboard.writeText(text.value).catch(old); else old();
  });
  on('save', function () {
    var link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text.value], { type: 'text/csv' }));
    link.download = 'leave-out.csv';
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  });
  show();
})();
