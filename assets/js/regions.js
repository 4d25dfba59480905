// Draws a lock's regions over its anchor, each in the colour of its attribute. The plate is a grey PNG: 0 is outside, k is region k.
(() => {
  "use strict";
  const COLOURS = {
    expression: [226, 105, 74], face: [232, 176, 79], hair: [156, 123, 208], wardrobe: [79, 155, 208], body: [111, 176, 127],
    props: [232, 176, 79], surfaces: [111, 176, 127], layout: [79, 155, 208],
  };
  const ORDER = Object.keys(COLOURS);
  const colour = (attributes) => COLOURS[ORDER.find((name) => attributes.includes(name))] || [120, 120, 120];
  const draw = async (canvas) => {
    const plate = new Image();
    plate.src = canvas.dataset.plate;
    await plate.decode();
    const regions = JSON.parse(canvas.dataset.regions).map(colour);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.imageSmoothingEnabled = false;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(plate, 0, 0, canvas.width, canvas.height);
    const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
    const d = pixels.data;
    for (let i = 0; i < d.length; i += 4) {
      const c = d[i] ? regions[d[i] - 1] : null;
      if (c) { d[i] = c[0]; d[i + 1] = c[1]; d[i + 2] = c[2]; d[i + 3] = 255; } else d[i + 3] = 0;
    }
    pen.putImageData(pixels, 0, 0);
  };
  window.soraLock.regions = (element) => {
    for (const canvas of element.querySelectorAll("canvas[data-plate]")) draw(canvas).catch(() => {});
  };
})();
