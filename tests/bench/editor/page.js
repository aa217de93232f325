async (tracks) => {
  const ed = wanMoveEditor.editor, state = ed.state, stage = ed.stage, out = {};
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const flush = () => stage.over.getContext("2d").getImageData(0, 0, 1, 1);
  // One act, then its paint, both on the clock; the next frame is awaited off it.
  const timed = async (act, count = 30, before = null) => {
    const script = [], all = [];
    for (let i = 0; i < count; i++) {
      before?.(i);
      const t0 = performance.now();
      act(i);
      stage.paintNow();
      script.push(performance.now() - t0);
      flush();
      all.push(performance.now() - t0);
      await frame();
    }
    return [median(script), median(all)];
  };
  const put = (name, [script, all]) => { out[name] = script; out[`${name}_flush`] = all; };
  const view = await import("./editor/geometry/view.mjs");
  ed.state.set("ui", { show: "lines" });
  stage.paintNow(); flush(); await frame();
  put(`pan_${tracks}`, await timed((i) => stage.setView(view.panBy(state.view, i % 2 ? 9 : -9, 3))));
  put(`zoom_${tracks}`, await timed((i) => stage.setView(view.zoomAt(state.view, [500, 300], i % 2 ? 1.06 : 0.95))));
  stage.fit();
  put(`scrub_${tracks}`, await timed((i) => state.setFrame((i * 7) % 81)));
  state.setFrame(0);
  const { moveSelection } = await import("./editor/commands/all.mjs");
  state.selectLayers([state.doc.layers[3].id]);
  stage.paintNow(); flush(); await frame();
  const gesture = state.begin({ label: "bench" });
  put(`drag_one_of_${tracks}`, await timed((i) => gesture.update((from) => moveSelection(from, state.selection, i / 500, i / 700))));
  gesture.cancel();
  stage.invalidate("layers"); stage.paintNow();
  out[`rebuild_${tracks}`] = stage.timing.rebuild;
  // The naive way: every track stroked with a dot per frame position, straight onto the canvas.
  const canvas = document.createElement("canvas");
  canvas.width = stage.over.width; canvas.height = stage.over.height;
  const ctx = canvas.getContext("2d");
  const { xy, count, frames } = state.sampled;
  const naive = [], naiveAll = [];
  for (let k = 0; k < 7; k++) {
    const t0 = performance.now();
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    const { scale, x, y } = state.view;
    for (let n = 0; n < count; n++) {
      ctx.beginPath();
      for (let f = 0; f < frames; f++) ctx.lineTo(xy[(f * count + n) * 2] * scale + x, xy[(f * count + n) * 2 + 1] * scale + y);
      ctx.strokeStyle = "#69f"; ctx.lineWidth = 2; ctx.stroke();
      const f = (k * 11) % frames;
      ctx.beginPath(); ctx.arc(xy[(f * count + n) * 2] * scale + x, xy[(f * count + n) * 2 + 1] * scale + y, 4, 0, 7); ctx.fillStyle = "#69f"; ctx.fill();
    }
    naive.push(performance.now() - t0);
    ctx.getImageData(0, 0, 1, 1);
    naiveAll.push(performance.now() - t0);
    await frame();
  }
  out[`naive_${tracks}`] = median(naive); out[`naive_${tracks}_flush`] = median(naiveAll);
  if (tracks === 20) {
    const { createDraft } = await import("./editor/draft/preview.mjs");
    for (const [name, forceFlat] of [["draft", false], ["draft_flat", true]]) {
      const surface = document.createElement("canvas");
      surface.width = 832; surface.height = 480;
      const draft = createDraft(surface, { forceFlat });
      draft.setPicture(state.picture.fitted);
      const at = { scale: 1, x: 0, y: 0, width: 832, height: 480 };
      const t0 = performance.now();
      draft.paint(state.doc, state.sampled, 1, at, 1);
      out[`${name}_first`] = performance.now() - t0;
      const times = [];
      for (let i = 0; i < 40; i++) { const t = performance.now(); draft.paint(state.doc, state.sampled, (i * 7) % 81, at, 1); times.push(performance.now() - t); await frame(); }
      out[`${name}_script`] = median(times);
      draft.destroy();
    }
    const { openEditor } = await import("./editor/editor.mjs");
    const opens = [];
    const documentText = await wanMoveEditor.getDocumentText();
    for (let i = 0; i < 5; i++) {
      const t0 = performance.now();
      const handle = openEditor({ documentText });
      // The stylesheet is known: what is left is a microtask, then the first whole paint.
      await Promise.resolve(); await Promise.resolve();
      handle.editor.stage.measure(); handle.editor.stage.paintNow();
      opens.push(performance.now() - t0);
      handle.destroy();
      await frame();
    }
    out.open_after_picture = median(opens);
  }
  return out;
}
