// What a reader sees of a page: text that is too faint, and what can be reached by the keyboard.
window.looks = (() => {
  const parse = (text) => {
    const numbers = text.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
  };
  const over = (top, under) => top.rgb.map((value, index) => value * top.alpha + under[index] * (1 - top.alpha));
  const paperOf = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.push(parse(getComputedStyle(each).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };
  const inkOf = (element) => {
    const style = getComputedStyle(element);
    return parse(element.closest("svg") ? style.fill : style.color);
  };
  const texts = () => {
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (walker.currentNode.nodeValue.trim() && !parent.closest("title, option") && seen(parent)) found.add(parent);
    }
    for (const field of document.querySelectorAll("input:not([type=radio], [type=hidden]), select, textarea")) found.add(field);
    return [...found];
  };
  const faint = (least) => texts().flatMap((element) => {
    const paper = paperOf(element);
    const one = light(over(inkOf(element), paper));
    const other = light(paper);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return contrast < least ? [`${contrast.toFixed(2)} ${element.tagName} ${element.textContent.trim().slice(0, 40)}`] : [];
  });
  const stops = () => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
    .filter((element) => element.matches(".skip") || seen(element))
    .filter((element) => element.type !== "radio" || element === document.querySelector(`input[name=${element.name}]`));
  const here = () => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const ringed = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    return { place: stops().indexOf(element), ringed, inside: box.left >= 0 && box.top < innerHeight, what: element.outerHTML.slice(0, 80) };
  };
  return { faint, here, stops: () => stops().length, texts: () => texts().length };
})();
