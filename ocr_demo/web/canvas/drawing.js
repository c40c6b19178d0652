// What has been drawn, and how it is painted. Coordinates are those of the sheet, 0 to SHEET, whatever
// the screen; so the picture that is read doesn't depend on the window, the zoom or the theme.

const SHEET = 400;

/** Strokes and clearings in order, undone and redone one by one. */
class Drawing {
  acts = [];
  undone = [];

  add(act) {
    this.acts.push(act);
    this.undone = [];
  }

  undo() {
    if (this.acts.length) this.undone.push(this.acts.pop());
  }

  redo() {
    if (this.undone.length) this.acts.push(this.undone.pop());
  }

  clear() {
    if (this.strokes.length) this.add({ tool: "clear" });
  }

  /** The strokes since the last clearing. */
  get strokes() {
    return this.acts.slice(this.acts.findLastIndex((act) => act.tool === "clear") + 1);
  }
}

/** A canvas that strokes are painted on; without a paper colour it stays transparent under the ink. */
class Surface {
  constructor(canvas, paper = null) {
    this.canvas = canvas;
    this.paper = paper;
    this.pen = canvas.getContext("2d", { willReadFrequently: paper !== null });
  }

  repaint(strokes) {
    const { pen, canvas } = this;
    pen.setTransform(canvas.width / SHEET, 0, 0, canvas.height / SHEET, 0, 0);
    pen.globalCompositeOperation = "source-over";
    pen.clearRect(0, 0, SHEET, SHEET);
    if (this.paper) {
      pen.fillStyle = this.paper;
      pen.fillRect(0, 0, SHEET, SHEET);
    }
    for (const stroke of strokes) this.paint(stroke);
  }

  /** Paints a stroke from its `from`th point on, smoothly through the midpoints. */
  paint(stroke, from = 0) {
    const { pen } = this;
    const erasing = stroke.tool === "eraser";
    pen.globalCompositeOperation = erasing && !this.paper ? "destination-out" : "source-over";
    pen.strokeStyle = erasing && this.paper ? this.paper : "#000";
    pen.lineCap = pen.lineJoin = "round";
    for (const run of runs(stroke.points, from)) this.#follow(stroke.points, run);
  }

  /** One path for points of one width: a path of its own for each would show where they meet. */
  #follow(points, { first, last }) {
    const { pen } = this;
    const start = first > 1 ? middle(points[first - 2], points[first - 1]) : points[0];
    pen.lineWidth = points[last].width;
    pen.beginPath();
    pen.moveTo(start.x, start.y);
    for (let index = Math.max(first, 1); index <= last; index++) {
      const end = middle(points[index - 1], points[index]);
      pen.quadraticCurveTo(points[index - 1].x, points[index - 1].y, end.x, end.y);
    }
    if (last === points.length - 1) pen.lineTo(points[last].x, points[last].y);
    if (points.length === 1) pen.lineTo(points[0].x, points[0].y + 0.01); // a line of no length leaves no ink
    pen.stroke();
  }
}

function middle(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** Stretches of points of the same width, from the `from`th on. */
function runs(points, from) {
  const found = [];
  for (let index = from; index < points.length; index++) {
    const run = found.at(-1);
    if (run && points[run.last].width === points[index].width) run.last = index;
    else found.push({ first: index, last: index });
  }
  return found;
}
