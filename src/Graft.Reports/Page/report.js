(function () {
  var key = 'graft-report-theme', root = document.documentElement, button = document.getElementById('theme');
  function isDark() {
    return root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  }
  function show() { button.textContent = isDark() ? 'Light' : 'Dark'; }
  try { var kept = localStorage.getItem(key); if (kept) root.dataset.theme = kept; } catch (e) { }
  button.hidden = false;
  show();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
  button.addEventListener('click', function () {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    try { localStorage.setItem(key, root.dataset.theme); } catch (e) { }
    show();
  });
})();
