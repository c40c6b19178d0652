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
    for (let index = Math.max(from, 1); index < stroke.points.length; index++) {
      this.#curve(stroke.points, index);
    }
    this.#tip(stroke.points);
  }

  #curve(points, index) {
    const start = index > 1 ? middle(points[index - 2], points[index - 1]) : points[0];
    const end = middle(points[index - 1], points[index]);
    this.pen.lineWidth = points[index].width;
    this.pen.beginPath();
    this.pen.moveTo(start.x, start.y);
    this.pen.quadraticCurveTo(points[index - 1].x, points[index - 1].y, end.x, end.y);
    this.pen.stroke();
  }

  /** From the last midpoint to where the pen is; a dot where it only touched. */
  #tip(points) {
    const end = points.at(-1);
    const start = points.length > 1 ? middle(points.at(-2), end) : end;
    this.pen.lineWidth = end.width;
    this.pen.beginPath();
    this.pen.moveTo(start.x, start.y);
    this.pen.lineTo(end.x, end.y + (points.length > 1 ? 0 : 0.01)); // a line of no length leaves no ink
    this.pen.stroke();
  }
}

function middle(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
